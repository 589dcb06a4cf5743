"""Documents of a collection: reads, writes, queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import httpx

from datacube_client.core.effects import JSON, Emit, Flow, Records, Request, Stream
from datacube_client.core.operation import Resource, iteration, keyed, operation
from datacube_client.core.texts import chunks

Filters: TypeAlias = Mapping[str, Any]
Sort: TypeAlias = str | Mapping[str, int]
Fields: TypeAlias = str | Mapping[str, int]
_NOT_MODIFIED = 304


def etag(document: Mapping[str, Any]) -> str:
    """Return the ETag of a document that was read with its `_sys`, for `if_match`."""
    return f'"{document["_id"]}-{document["_sys"]["version"]}"'


class DocumentOperations(Resource):
    """The documents of one collection.

    Each write is sent with an `Idempotency-Key`, by default a random one, so that it is repeated safely when an
    answer is lost. `if_match` is a document that was read before, or its ETag: the write is done only if the
    document is unchanged, else `VersionConflictError` is raised; `filters` must then name its `_id`.
    """

    @operation
    def insert(
        self, documents: Sequence[Mapping[str, Any]], *, idempotency_key: str | None = None
    ) -> Flow[list[str]]:
        """Insert documents, all or none, and return their ids."""
        return self._member("inserted_ids", "POST /api/crud", keyed(idempotency_key), data=documents)

    @iteration
    def find(
        self,
        filters: Filters | None = None,
        *,
        sort: Sort | None = None,
        fields: Fields | None = None,
        collation: Mapping[str, Any] | None = None,
        expand: str | None = None,
        page_size: int | None = None,
    ) -> Stream[JSON]:
        """Iterate over all documents that match. Pages are read behind a cursor, so each costs the same."""
        cursor: str | None = ""
        while cursor is not None:
            page = yield from self._ask(
                "GET /api/crud", filters=filters, sort=sort, fields=fields, collation=collation, expand=expand,
                page_size=page_size, cursor=cursor,
            )  # fmt: skip
            for document in page["data"]:
                yield Emit(document)
            cursor = page["next"]

    @operation
    def find_page(
        self,
        filters: Filters | None = None,
        *,
        sort: Sort | None = None,
        fields: Fields | None = None,
        collation: Mapping[str, Any] | None = None,
        expand: str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
        count: str | None = None,
        as_of: str | None = None,
        score: bool | None = None,
    ) -> Flow[JSON]:
        """Return one page: `data`, `pagination` with the totals, and `next`, the cursor of the next page.

        `as_of` reads the collection as it was at a past time; `score` sorts a text search by its best matches.
        """
        return self._ask(
            "GET /api/crud", filters=filters, sort=sort, fields=fields, collation=collation, expand=expand,
            page=page, page_size=page_size, cursor=cursor, count=count, as_of=as_of, score=score,
        )  # fmt: skip

    @operation
    def get(
        self, document_id: str, *, fields: Fields | None = None, expand: str | None = None
    ) -> Flow[JSON | None]:
        """Return the document with this id, or None where it does not exist."""
        filters = {"_id": document_id}
        page = yield from self._ask("GET /api/crud", filters=filters, fields=fields, expand=expand, page_size=1)
        return page["data"][0] if page["data"] else None

    @operation
    def get_if_changed(self, document: Mapping[str, Any]) -> Flow[JSON | None]:
        """Return the document as it is now; None if it is unchanged, or deleted."""
        headers = {"If-None-Match": etag(document)}
        request = self._request("GET /api/crud", headers, {"filters": {"_id": document["_id"]}})
        response = yield from self._send(request)
        if response.status_code == _NOT_MODIFIED:
            return None
        data = response.json()["data"]
        return data[0] if data else None

    @operation
    def count(self, filters: Filters | None = None) -> Flow[int]:
        """Return the exact number of documents that match."""
        page = yield from self._ask("GET /api/crud", filters=filters, count="exact", page_size=1)
        return int(page["pagination"]["total_items"])

    @operation
    def explain(
        self,
        filters: Filters | None = None,
        *,
        sort: Sort | None = None,
        collation: Mapping[str, Any] | None = None,
    ) -> Flow[JSON]:
        """Run a query and return its cost and, where one would help, the index to create."""
        members = {"filters": filters, "sort": sort, "collation": collation}
        return self._member("explain", "GET /api/crud", explain=True, **members)

    @operation
    def update(
        self,
        filters: Filters,
        update_data: Mapping[str, Any],
        *,
        upsert: bool | None = None,
        replace: bool | None = None,
        all: bool | None = None,
        update_all_fields: bool | None = None,
        array_filters: Sequence[Filters] | None = None,
        max_affected: int | None = None,
        collation: Mapping[str, Any] | None = None,
        dry_run: bool | None = None,
        if_match: Mapping[str, Any] | str | None = None,
        idempotency_key: str | None = None,
    ) -> Flow[JSON]:
        """Update the documents that match by values and operators. Returns `modified_count`."""
        return self._ask(
            "PUT /api/crud", _write_headers(if_match, idempotency_key), filters=filters, update_data=update_data,
            upsert=upsert, replace=replace, all=all, update_all_fields=update_all_fields,
            array_filters=array_filters, max_affected=max_affected, collation=collation, dry_run=dry_run,
        )  # fmt: skip

    @operation
    def delete(
        self,
        filters: Filters,
        *,
        all: bool | None = None,
        max_affected: int | None = None,
        collation: Mapping[str, Any] | None = None,
        dry_run: bool | None = None,
        if_match: Mapping[str, Any] | str | None = None,
        idempotency_key: str | None = None,
    ) -> Flow[JSON]:
        """Delete the documents that match: `deleted_count`. Without filters it needs `all=True`."""
        return self._ask(
            "DELETE /api/crud", _write_headers(if_match, idempotency_key), filters=filters, all=all,
            max_affected=max_affected, collation=collation, dry_run=dry_run,
        )  # fmt: skip

    @operation
    def bulk(
        self, operations: Sequence[Mapping[str, Any]], *, ordered: bool = True, idempotency_key: str | None = None
    ) -> Flow[Records]:
        """Run `{"insert": …}`, `{"update": …}` and `{"delete": …}` and return a result for each.

        All or none, in one transaction. With `ordered=False` each is on its own: such a request has no idempotency
        key and is not sent again, and a result with `"ok": false` has its `error`.
        """
        headers = keyed(idempotency_key) if ordered else {}
        return self._member("results", "POST /api/crud/bulk", headers, operations=operations, ordered=ordered)

    @operation
    def distinct(
        self, field: str, filters: Filters | None = None, *, collation: Mapping[str, Any] | None = None
    ) -> Flow[list[Any]]:
        """Return the distinct values of a field, at most `MAX_PAGE_SIZE`."""
        return self._member("values", "GET /api/distinct", field=field, filters=filters, collation=collation)

    @operation
    def aggregate(
        self, pipeline: Sequence[Mapping[str, Any]], *, collation: Mapping[str, Any] | None = None
    ) -> Flow[Records]:
        """Run an aggregation pipeline and return its documents. Writes nothing, so it is sent again."""
        request = self._request("POST /api/aggregate", {}, {"pipeline": pipeline, "collation": collation})
        return _data(self, request)

    @iteration
    def export(
        self,
        filters: Filters | None = None,
        *,
        format: str | None = None,
        sort: Sort | None = None,
        fields: Fields | None = None,
        system: bool | None = None,
    ) -> Stream[bytes]:
        """Iterate over the chunks of a file of documents: `json`, `ndjson`, `csv`, `extended`, `canonical`."""
        members = {"filters": filters, "format": format, "sort": sort, "fields": fields, "system": system}
        body = yield from self._open(self._request("GET /api/export", {}, members))
        yield from chunks(body)


def _write_headers(if_match: Mapping[str, Any] | str | None, key: str | None) -> dict[str, str]:
    if if_match is None:
        return keyed(key)
    return {"If-Match": if_match if isinstance(if_match, str) else etag(if_match), **keyed(key)}


def _data(resource: Resource, request: Request) -> Flow[Records]:
    response: httpx.Response = yield from resource._send(replace(request, repeatable=True))
    return list(response.json()["data"])
