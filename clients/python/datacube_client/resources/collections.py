"""Collections: schema, indexes, and the history of documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datacube_client.core.effects import JSON, Emit, Flow, Records, Stream
from datacube_client.core.operation import Resource, iteration, keyed, operation
from datacube_client.resources.documents import Filters
from datacube_client.resources.jobs import Progress, finished


class SchemaOperations(Resource):
    """The schema and the indexes of one collection."""

    @operation
    def schema(self) -> Flow[JSON]:
        """Return the fields, the history and the size of the collection."""
        return self._member("collection", "GET /api/collection_schema")

    @operation
    def change_schema(
        self,
        operations: Sequence[Mapping[str, Any]] | None = None,
        *,
        properties: Mapping[str, Any] | None = None,
        dry_run: bool | None = None,
        wait: bool = True,
        progress: Progress | None = None,
    ) -> Flow[JSON]:
        """Change fields by operations such as `{"op": "add", "field": {…}}`, and the stored documents with them.

        `properties` are `strict`, `json_schema`, `history` and `title_field`; null removes one.
        """
        return finished(self, _change(self, operations, properties, dry_run), wait=wait, progress=progress)

    @operation
    def schema_history(self) -> Flow[Records]:
        """Return all schemas that the collection has had, the present one first, with who declared them when."""
        return self._member("versions", "GET /api/schema_history")

    @operation
    def indexes(self) -> Flow[Records]:
        """Return the indexes with their size and use."""
        return self._member("indexes", "GET /api/indexes")

    @operation
    def create_index(
        self,
        keys: Sequence[Mapping[str, Any]],
        *,
        name: str | None = None,
        unique: bool | None = None,
        partial_filter: Filters | None = None,
        expire_after_seconds: int | None = None,
        collation: Mapping[str, Any] | None = None,
        default_language: str | None = None,
        language_override: str | None = None,
        weights: Mapping[str, int] | None = None,
    ) -> Flow[JSON]:
        """Create an index of keys such as `[{"field": "score", "order": -1}]` and return its `name`."""
        return self._ask(
            "POST /api/indexes", keys=keys, name=name, unique=unique, partial_filter=partial_filter,
            expire_after_seconds=expire_after_seconds, collation=collation, default_language=default_language,
            language_override=language_override, weights=weights,
        )  # fmt: skip

    @operation
    def drop_index(self, name: str) -> Flow[JSON]:
        """Drop an index."""
        return self._ask("DELETE /api/indexes", name=name)


class HistoryOperations(Resource):
    """The earlier versions of the documents of one collection."""

    @iteration
    def versions(self, document_id: str, *, page_size: int = 50) -> Stream[JSON]:
        """Iterate over the versions of a document, the latest first."""
        yield from _pages(self, "GET /api/history", "versions", page_size, document_id=document_id)

    @operation
    def version(self, document_id: str, version: int) -> Flow[JSON]:
        """Return the document as it was in this version."""
        return self._member("data", "GET /api/history/version", document_id=document_id, version=version)

    @operation
    def diff(self, document_id: str, before: int, after: int) -> Flow[Records]:
        """Return the changes between two versions: `field`, `before`, `after`."""
        numbers = {"from": before, "to": after}
        return self._member("changes", "GET /api/history/diff", document_id=document_id, **numbers)

    @iteration
    def search_versions(self, filters: Filters | None = None, *, page_size: int = 50) -> Stream[JSON]:
        """Iterate over all versions that match, also of deleted documents, the latest change first."""
        yield from _pages(self, "GET /api/history/search", "data", page_size, filters=filters)

    @operation
    def restore_document(self, document_id: str, version: int, *, idempotency_key: str | None = None) -> Flow[JSON]:
        """Restore a document to a version, which creates a new one, and return it."""
        headers = keyed(idempotency_key)
        return self._member("data", "POST /api/restore", headers, document_id=document_id, version=version)

    @operation
    def undelete(self, document_id: str, *, idempotency_key: str | None = None) -> Flow[JSON]:
        """Restore a deleted document to its last version and return it."""
        return self._member("data", "POST /api/undelete", keyed(idempotency_key), document_id=document_id)

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
        """Restore the collection to a past time, as new versions, on request with its schema."""
        request = self._call("POST /api/restore", as_of=as_of, with_schema=with_schema, dry_run=dry_run)
        return finished(self, request, wait=wait, progress=progress)

    @operation
    def forget_versions(self, before: str) -> Flow[int]:
        """Delete, for good, the versions that were superseded before a time, and return their number."""
        return self._member("forgotten_versions", "DELETE /api/history", before=before)


def _change(
    resource: Resource,
    operations: Sequence[Mapping[str, Any]] | None,
    properties: Mapping[str, Any] | None,
    dry_run: bool | None,
) -> Any:
    """Return the flow of a change; a property that is None is sent as null, which removes it."""
    request = resource._request("PATCH /api/collection_schema", {}, {"operations": operations, "dry_run": dry_run})
    request.arguments["json"].update(properties or {})
    return resource._send(request)


def _pages(resource: Resource, route: str, member: str, page_size: int, **members: Any) -> Stream[JSON]:
    """Emit the items of all pages of a list that says whether there are more."""
    page, more = 1, True
    while more:
        answer = yield from resource._ask(route, page=page, page_size=page_size, **members)
        for item in answer[member]:
            yield Emit(item)
        page, more = page + 1, answer["more"]
