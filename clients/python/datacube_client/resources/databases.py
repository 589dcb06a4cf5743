"""Databases: their collections, SQL, clones, restores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datacube_client.core.effects import JSON, Flow, Records, Stream
from datacube_client.core.operation import Resource, iteration, operation
from datacube_client.core.paging import pages
from datacube_client.resources.jobs import Progress, finished


class ServiceOperations(Resource):
    """The databases of the team."""

    @operation
    def create_database(
        self, name: str, collections: Sequence[Mapping[str, Any]], *, keys: bool | None = None
    ) -> Flow[JSON]:
        """Create a database with collections, such as `[{"name": "users", "fields": [{"name": "email"}]}]`.

        Returns `database`, with its `id`, and `collections`; with `keys` also two keys, `full` and `read_only`,
        whose secrets are shown only once.
        """
        return self._ask("POST /api/create_database", db_name=name, collections=collections, keys=keys)

    @iteration
    def databases(self, *, search: str | None = None, page_size: int = 100) -> Stream[JSON]:
        """Iterate over the databases by name: `id`, `name`, `num_collections`."""
        yield from pages(self, "GET /api/list_databases", page_size, search=search)

    @operation
    def stats(self) -> Flow[JSON]:
        """Return the numbers of `databases`, `collections` and `documents` that the caller can read."""
        return self._ask("GET /api/stats")

    @operation
    def usage(self, *, days: int | None = None) -> Flow[JSON]:
        """Return the `limits` of the team with their use, and requests by `days`, `databases`, `keys`, `people`."""
        return self._ask("GET /api/usage", days=days)


class DatabaseOperations(Resource):
    """One database."""

    @operation
    def metadata(self) -> Flow[JSON]:
        """Return the database with its collections and their fields."""
        return self._member("data", "GET /api/get_metadata")

    @operation
    def collections(self) -> Flow[Records]:
        """Return `name` and `num_documents` of each collection."""
        return self._member("collections", "GET /api/list_collections")

    @operation
    def add_collections(self, collections: Sequence[Mapping[str, Any]]) -> Flow[Records]:
        """Create collections and return, of each, whether it was `created` or `exists` already."""
        return self._member("collections", "POST /api/add_collection", collections=collections)

    @operation
    def drop_collections(self, names: Sequence[str]) -> Flow[JSON]:
        """Drop collections with their documents and history, for good."""
        return self._ask("DELETE /api/drop_collections", collection_names=names)

    @operation
    def drop(self, *, confirmation: str) -> Flow[JSON]:
        """Drop the database, for good. `confirmation` is its name."""
        return self._ask("DELETE /api/drop_database", confirmation=confirmation)

    @operation
    def hand_over(self, team_id: str) -> Flow[JSON]:
        """Give the database to another of your teams. The former team loses access."""
        return self._ask("POST /core/teams/{team_id}/databases", team_id=team_id)

    @operation
    def clone(
        self, name: str, *, as_of: str | None = None, wait: bool = True, progress: Progress | None = None
    ) -> Flow[JSON]:
        """Copy the database, also as it was at a past time. `database` of the result is the new one."""
        request = self._call("POST /api/clone_database", name=name, as_of=as_of)
        return finished(self, request, wait=wait, progress=progress)

    @operation
    def restore(
        self,
        as_of: str,
        *,
        with_schema: bool | None = None,
        dry_run: bool | None = None,
        wait: bool = True,
        progress: Progress | None = None,
    ) -> Flow[JSON]:
        """Restore all collections that keep history to a past time, as new versions, on request with schemas."""
        request = self._call("POST /api/restore", as_of=as_of, with_schema=with_schema, dry_run=dry_run)
        return finished(self, request, wait=wait, progress=progress)

    @operation
    def sql(self, query: str) -> Flow[JSON]:
        """Run one statement in SQLite's dialect: `columns`, `data`, `changes`, `truncated`. Is not sent again."""
        return self._ask("POST /api/sql", query=query)
