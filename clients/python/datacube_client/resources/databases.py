"""Databases: their collections, imports, SQL, clones, restores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datacube_client.core.effects import JSON, Emit, Flow, Records, Stream
from datacube_client.core.operation import Content, Resource, iteration, operation
from datacube_client.resources.jobs import Progress, finished


class ServiceOperations(Resource):
    """The databases of the team."""

    @operation
    def create_database(self, name: str, collections: Sequence[Mapping[str, Any]]) -> Flow[JSON]:
        """Create a database with collections, such as `[{"name": "users", "fields": [{"name": "email"}]}]`.

        Returns `database`, with its `id`, and `collections`.
        """
        return self._ask("POST /api/create_database", db_name=name, collections=collections)

    @iteration
    def databases(self, *, search: str | None = None, page_size: int = 100) -> Stream[JSON]:
        """Iterate over the databases by name: `id`, `name`, `num_collections`."""
        page, pages = 1, 1
        while page <= pages:
            answer = yield from self._ask("GET /api/list_databases", page=page, page_size=page_size, search=search)
            for database in answer["data"]:
                yield Emit(database)
            page, pages = page + 1, answer["pagination"]["total_pages"]

    @operation
    def stats(self) -> Flow[JSON]:
        """Return the numbers of `databases`, `collections` and `documents` that the caller can read."""
        return self._ask("GET /api/stats")


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
    def clone(
        self, name: str, *, as_of: str | None = None, wait: bool = True, progress: Progress | None = None
    ) -> Flow[JSON]:
        """Copy the database, also as it was at a past time. `database` of the result is the new one."""
        request = self._call("POST /api/clone_database", name=name, as_of=as_of)
        return finished(self, request, wait=wait, progress=progress)

    @operation
    def restore(
        self, as_of: str, *, dry_run: bool | None = None, wait: bool = True, progress: Progress | None = None
    ) -> Flow[JSON]:
        """Restore all collections that keep history to a past time, as new versions."""
        request = self._call("POST /api/restore", as_of=as_of, dry_run=dry_run)
        return finished(self, request, wait=wait, progress=progress)

    @operation
    def sql(self, query: str) -> Flow[JSON]:
        """Run one statement in SQLite's dialect: `columns`, `data`, `changes`, `truncated`. Is not sent again."""
        return self._ask("POST /api/sql", query=query)

    @operation
    def import_file(
        self,
        file: Path | Content,
        *,
        collection: str | None = None,
        file_name: str | None = None,
        format: str | None = None,
        columns: Mapping[str, Any] | None = None,
        on_error: str | None = None,
        dry_run: bool | None = None,
        wait: bool = True,
        progress: Progress | None = None,
    ) -> Flow[JSON]:
        """Import a JSON, CSV or TSV file, which may be compressed by gzip.

        `file` is a path, bytes, or a file opened in binary mode; without `collection` and `format` its name counts.
        A large import is a job: `progress` is called with its record twice a second. Raises `JobFailedError`.
        """
        name = file_name or str(getattr(file, "name", "import.json"))
        form = {"format": format, "columns": columns, "on_error": on_error, "dry_run": dry_run}
        return _import(self, file, Path(name).name, {"collection_name": collection, **form}, wait, progress)


def _import(
    resource: Resource,
    file: Path | Content,
    name: str,
    form: Mapping[str, Any],
    wait: bool,
    progress: Progress | None,
) -> Flow[JSON]:
    """Upload a file for an import, and close it if it was opened here."""
    content = file.open("rb") if isinstance(file, Path) else file
    try:
        request = resource._upload("POST /api/import_data", [("json_file", (name, content))], **form)
        return (yield from finished(resource, request, wait=wait, progress=progress))
    finally:
        if isinstance(file, Path) and not isinstance(content, bytes):
            content.close()
