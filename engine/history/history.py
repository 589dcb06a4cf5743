"""Version history of one collection: every version of its documents, and restoring them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from engine.actions import Action
from engine.context.context import Context
from engine.encoding.json import iso_timestamp
from engine.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, invalid
from engine.history.deleted import deleted_documents
from engine.history.versions import Archive
from engine.query.error_location import attach_error_location
from engine.query.pipeline import compile_pipeline
from engine.query.query import Page, Query
from engine.schema.schema import SYSTEM
from engine.schema.types import equal_json

_OF_AN_INDEX = {"$text", "$near", "$nearSphere"}
NO_HISTORY = "The collection keeps no history."


@dataclass(frozen=True)
class Difference:
    """One path whose value differs between two versions. An absent value is `ABSENT`."""

    path: str
    before: Any
    after: Any


ABSENT: Any = object()


@dataclass(frozen=True)
class VersionPage:
    """One page of versions, whose `_sys` says when and how each ended, and whether there are more."""

    documents: list[dict[str, Any]]
    has_more: bool


class History:
    """Bound to a context. Reading needs READ, restoring WRITE as well, undeleting INSERT."""

    def __init__(self, context: Context) -> None:
        if not context.spec.history:
            raise Invalid(NO_HISTORY)
        self._context = context
        self._schema = context.spec.schema
        self._limits = context.store.limits
        self._archive = Archive.of(context)

    def of_document(self, document_id: ObjectId, *, skip: int, limit: int) -> VersionPage:
        """Return the `_sys` of a document's versions, the current one first. Raises `NotFound` if it never
        existed.
        """
        self._context.require(Action.READ)
        ever = [*self._archive.all_versions({}, document_id=document_id), {"$project": {SYSTEM: 1}}]
        page = self._page(ever, sort={f"{SYSTEM}.version": -1}, skip=skip, limit=limit)
        if not page.documents and not skip:
            raise NotFound(f"There is no document {document_id}.")
        return page

    def version(self, document_id: ObjectId, number: int) -> dict[str, Any]:
        """Return one version of a document, the current one included."""
        return self._schema.present([self._version(document_id, number)])[0]

    def search(self, query: Query) -> VersionPage:
        """Return versions that match, of existing and deleted documents, the latest change first."""
        self._context.require(Action.READ)
        filter = self._filter(query)
        skip, limit = query.checked_page(limits=self._limits)
        sort = {f"{SYSTEM}.updated": -1, "_id": 1, f"{SYSTEM}.version": -1}
        with attach_error_location(query.request):
            return self._page(self._archive.all_versions(filter), sort=sort, skip=skip, limit=limit)

    def as_of(self, query: Query, timestamp: datetime) -> Page:
        """Return one page of the collection at a time, with the number of matches then."""
        self._context.require(Action.READ)
        filter = self._filter(query)
        self.reach(timestamp)
        skip, limit = query.checked_page(limits=self._limits)
        fields = query.checked_fields(limits=self._limits)
        then = self._archive.at(timestamp, filter)
        page: list[dict[str, Any]] = [{"$sort": dict(query.checked_sort(limits=self._limits))}]
        page += [{"$skip": skip}, {"$limit": limit}, *([{"$project": fields}] if fields else [])]
        with attach_error_location(query.request):
            documents = self._run([*then, *page])
        if len(documents) < limit and (documents or not skip):
            return Page(self._schema.present(documents), skip + len(documents))
        counted = self._run([*then, {"$count": "total"}])
        return Page(self._schema.present(documents), counted[0]["total"] if counted else 0)

    def aggregate_as_of(
        self, query: Query, pipeline: Sequence[Mapping[str, Any]], timestamp: datetime
    ) -> list[dict[str, Any]]:
        """Return the results of a pipeline over what matched at a time, at most a page of them."""
        self._context.require(Action.READ)
        filter = self._filter(query)
        self.reach(timestamp)
        limits = self._limits
        stages = compile_pipeline(pipeline, self._schema, resolve=lambda _: None, root="pipeline", limits=limits)
        with attach_error_location(query.request):
            documents = self._run([*self._archive.at(timestamp, filter), *stages, {"$limit": limits.page_size}])
        return self._schema.without_hidden(documents)

    def deleted(self, query: Query) -> VersionPage:
        """Return deleted documents that match, as they were last, without those restored since."""
        self._context.require(Action.READ)
        filter = self._filter(query)
        skip, limit = query.checked_page(limits=self._limits)
        fields = query.checked_fields(limits=self._limits)
        page: list[dict[str, Any]] = [{"$sort": dict(query.checked_sort(limits=self._limits))}]
        page += [{"$skip": skip}, {"$limit": limit + 1}, *([{"$project": fields}] if fields else [])]
        stages = [*deleted_documents(self._archive, filter), *page]
        with attach_error_location(query.request):
            documents = self._archive.run(stages, name=self._archive.name)
        return VersionPage(self._schema.present(documents[:limit]), len(documents) > limit)

    def _filter(self, query: Query) -> dict[str, Any]:
        """Return the compiled filter. Raises `Invalid` for operators that need an index: versions have none."""
        filter = query.compiled(self._schema, limits=self._limits)
        if query.collation:
            raise Invalid.of_field("collation", "A collation does not go with history.")
        errors = [
            FieldError(
                location, f"{location.rpartition('.')[2]} does not go with history: versions have no such index."
            )
            for location in _paths_of(query.filter, query.root, _OF_AN_INDEX)
        ]
        if errors:
            raise invalid(errors)
        return filter

    def reach(self, timestamp: datetime) -> None:
        """Raise `Invalid` for a time before the history is complete."""
        since = self._context.spec.since
        if since is not None and timestamp < since:
            text = f"The history of {self._context.spec.name!r} reaches back to {iso_timestamp(since)} only."
            raise Invalid.of_field("as_of", text)

    def difference(self, document_id: ObjectId, one: int, other: int) -> list[Difference]:
        """Return what changed from version `one` to version `other`, by path, without `_sys`."""
        before, after = self.version(document_id, one), self.version(document_id, other)
        return list(differences(_without_system(before), _without_system(after)))

    def restore(self, document_id: ObjectId, number: int, *, expected: int | None = None) -> dict[str, Any]:
        """Restore an existing or deleted document to a version and return it; this creates a new version.

        With `expected`, raises `Conflict` unless the document exists and its current version is that one.
        """
        self._context.require(Action.WRITE)
        self._require_all_visible()
        state = self._version(document_id, number)

        def check(current: dict[str, Any] | None) -> None:
            version = current and current[SYSTEM]["version"]
            if expected is not None and version != expected:
                text = f"Version conflict: expected version {expected} of the document {document_id}"
                raise Conflict(f"{text}, current version: {version}." if current else f"{text}; it was deleted.")
            if current is None:
                self._context.require(Action.INSERT)

        return self._put_back(state, check)

    def undelete(self, document_id: ObjectId) -> dict[str, Any]:
        """Restore a deleted document to its last version and return it. Raises `Conflict` if it exists."""
        self._context.require(Action.INSERT)
        self._context.require(Action.READ)
        self._require_all_visible()
        last = self._archive.last_state(document_id)
        if last is None:
            raise NotFound(f"There is no document {document_id}.")

        def check(current: dict[str, Any] | None) -> None:
            if current is not None:
                raise Conflict(f"The document {document_id} is not deleted.")

        check(None if "superseded_at" in last[SYSTEM] else last)
        return self._put_back(last, check)

    def _require_all_visible(self) -> None:
        """Raise `Forbidden` where a state could bring back what a credential may not write."""
        if self._context.store.has_row_filter(self._context.database, self._context.spec.physical):
            raise Forbidden("A credential that may see only some documents or fields cannot restore versions.")

    def _put_back(self, state: dict[str, Any], check: Callable[[dict[str, Any] | None], None]) -> dict[str, Any]:
        def complete(state: dict[str, Any], current: dict[str, Any] | None) -> dict[str, Any]:
            check(current)
            return self._context.with_numbers(state, current)

        back = self._archive.restore(_as_stored(state), audit_stamp=self._context.audit_stamp(), complete=complete)
        return self._schema.present([back])[0]

    def _version(self, document_id: ObjectId, number: int) -> dict[str, Any]:
        """Return a version as stored."""
        self._context.require(Action.READ)
        state = self._archive.state(document_id, number)
        if state is None:
            raise NotFound(f"The document {document_id} has no version {number}.")
        return state

    def _page(self, ever: list[dict[str, Any]], *, sort: Mapping[str, int], skip: int, limit: int) -> VersionPage:
        versions = self._run([*ever, {"$sort": sort}, {"$skip": skip}, {"$limit": limit + 1}])
        return VersionPage(self._schema.present(versions[:limit]), len(versions) > limit)

    def _run(self, pipeline: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return self._archive.run(pipeline)


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Yield every path at which two values differ. Arrays are compared as wholes."""
    if type(before) is dict and type(after) is dict:
        for name in [*before, *(name for name in after if name not in before)]:
            inner = f"{path}.{name}" if path else name
            yield from differences(before.get(name, ABSENT), after.get(name, ABSENT), inner)
    elif type(before) is not type(after) or not equal_json(before, after):
        yield Difference(path, before, after)


def _without_system(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != SYSTEM}


def _as_stored(state: dict[str, Any]) -> dict[str, Any]:
    """Return a version without the end that `Archive.all_versions` adds to it."""
    stamps = ("version", "created", "created_by", "updated", "updated_by")
    return {**state, SYSTEM: {name: state[SYSTEM][name] for name in stamps}}


def _paths_of(value: Any, location: str, names: set[str]) -> Iterator[str]:
    """Yield the paths of members that have one of these names."""
    members = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, child in members:
        if name in names:
            yield f"{location}.{name}"
        yield from _paths_of(child, f"{location}.{name}", names)
