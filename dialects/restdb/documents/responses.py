"""Answers of GET and of writes: lists with totals, groups, single documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpResponse, QueryDict

import engine
from dialects.restdb import render
from dialects.restdb.documents import computed, relations
from dialects.restdb.documents.grouping import GroupQuery, grouped
from dialects.restdb.documents.media_links import fetch_records, link_records
from dialects.restdb.query.groups import UTC, Group, groups, metrics
from dialects.restdb.query.links import Links, key_values, prune, read_fields, sorted_page
from dialects.restdb.query.list_request import DisplayOptions, ListRequest, ListRequestParser, names_system_fields
from engine.encoding import dumps
from identity.services import names_of
from web.errors import NOT_FOUND
from web.views import json_response

PLAIN = DisplayOptions()
# System fields that are not presented are not read.
_WITHOUT_SYSTEM = {"_sys": 0}


@dataclass(frozen=True)
class CollectionRequest:
    """The collection that a request addresses. `base`: database name or id as written in the URL.

    `readable` checks whether the key's paths lead to a path; what they do not lead to is not embedded either.
    """

    database: engine.Database
    collection: engine.Collection
    base: str
    readable: Callable[[str], bool]

    @property
    def schema(self) -> engine.Schema:
        return self.collection.spec.schema

    @cached_property
    def links(self) -> Links:
        """Return the links that the request may follow."""
        return Links(self.database, self.readable)

    def find(self, query: engine.Query, display: DisplayOptions = PLAIN) -> engine.Page:
        """Return a page with its links expanded, unless addresses are requested."""
        query = computed.with_source_fields(
            replace(query, fields=read_fields(query.fields, self.schema)), self.schema
        )
        if not display.idtolink:
            query = relations.with_links(query, self.schema, self.readable)
        if self.links.leads([path for path, _ in query.sort], self.schema):
            return sorted_page(self.collection, query, self.links)
        return self.collection.find(query)

    def parser(self, params: QueryDict) -> ListRequestParser:
        return ListRequestParser(params, self.schema, database=self.database, links=self.links)


def list_response(
    target: CollectionRequest, request: ListRequest, *, base_filter: Mapping[str, Any] | None = None
) -> HttpResponse:
    """Answer a list. `base_filter` is an additional condition."""
    query = _with_filter(request.query, base_filter)
    if request.aggregate and not request.only_count:
        return _aggregate_response(target, replace(request, query=query))
    if not (request.groupby or request.display.metafields or query.fields):
        query = replace(query, fields=_WITHOUT_SYSTEM)
    page = target.find(query, request.display)
    total = page.total
    if request.groupby and not request.only_count:
        levels = _groups(target, request)
        content = grouped(
            page.documents, levels, present=_presenter(target, request), values=_values(target, page, levels)
        )
        return _json_list(content, request, query, total=total, count=len(page.documents))
    documents = (
        [] if request.only_count and request.totals else present(target, page.documents, request.display, query)
    )
    counted = total if request.only_count and request.totals else len(documents)
    return _json_list(documents, request, query, total=total, count=counted or 0)


def _groups(target: CollectionRequest, request: ListRequest) -> tuple[Group, ...]:
    """Return the groups of a list. A calendar date is the same day in every time zone."""
    days = {name for name, field in target.schema.by_name.items() if field.type == "date"}
    levels = groups(request.groupby, timezone=request.timezone)
    return tuple(replace(group, timezone=UTC) if group.path in days else group for group in levels)


def _values(target: CollectionRequest, page: engine.Page, levels: Sequence[Group]) -> Mapping[str, list[Any]]:
    """Return the keys of a page's documents if some of the groups lie behind links."""
    paths = [group.path for group in levels]
    if not target.links.leads(paths, target.schema):
        return {}
    return key_values(target.collection, [document["_id"] for document in page.documents], paths, target.links)


def _aggregate_response(target: CollectionRequest, request: ListRequest) -> HttpResponse:
    """Answer metrics of all documents that match, unless the client sent a `max`."""
    group_query = GroupQuery(
        request.query, _groups(target, request), metrics(request.aggregate), request.grand_total, request.bounded
    )
    content, count = group_query.run(target.collection, links=target.links, present=_presenter(target, request))
    total = count
    if request.totals:
        total = target.collection.find(replace(request.query, limit=1, skip=0, fields={"_id": 1})).total or 0
    return _json_list(content, request, request.query, total=total, count=count)


def _presenter(target: CollectionRequest, request: ListRequest) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda document: present(target, [document], request.display, request.query)[0]


def _json_list(
    content: Any, request: ListRequest, query: engine.Query, *, total: int | None, count: int
) -> HttpResponse:
    totals = render.totals(total=total, count=count, skip=query.skip, limit=query.limit)
    response = json_response({"data": content, "totals": totals} if request.totals else content)
    response.headers["X-Pagination"] = dumps(totals).decode()
    return response


def read_one(
    target: CollectionRequest,
    query: engine.Query,
    display: DisplayOptions,
    *,
    base_filter: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the presented document that matches; raises `NotFound`."""
    documents = target.find(_with_filter(query, base_filter), display).documents
    if not documents:
        raise engine.NotFound(NOT_FOUND)
    document_id = documents[0]["_id"]
    document = present(target, documents, display, query)[0]
    if display.referencedby:
        document["referencedby"] = relations.referencing(
            document_id, target.collection, target.database, readable=target.readable, present=_present_plain
        )
    return document


def present_created(target: CollectionRequest, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Present new documents in the order they were sent. Links are expanded if the caller may read."""
    names = relations.links(target.schema)
    may_look = engine.Action.READ in target.collection.allowed and len(documents) <= settings.MAX_PAGE_SIZE
    if may_look and any(name in document for document in documents for name in names):
        ids = [str(document["_id"]) for document in documents]
        query = engine.Query({"_id": {"$in": ids}}, limit=len(ids), count=engine.Count.NONE)
        current = {document["_id"]: document for document in target.find(query).documents}
        documents = [current.get(document["_id"], document) for document in documents]
    return present_written(target, documents)


def present_written(target: CollectionRequest, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Present documents with their system fields, as the answers to writes have them."""
    return present(target, documents, DisplayOptions(metafields=True), engine.Query())


def present(
    target: CollectionRequest, documents: list[dict[str, Any]], display: DisplayOptions, query: engine.Query
) -> list[dict[str, Any]]:
    """Present documents. Their links are expanded, or become addresses."""
    metafields = display.metafields or names_system_fields(query.fields)
    people = names_of(target.database, render.actors(documents)) if metafields else {}
    if display.fetchchildren:
        relations.fetch_children(
            documents, target.collection, target.database, readable=target.readable, present=_present_plain
        )
    if (display.fetchmediadata or display.idtolink) and target.readable("media/0"):
        if display.fetchmediadata:
            fetch_records(documents, target.database)
        else:
            link_records(documents, target.database, base=target.base)
    linked = relations.links(target.schema)
    for document in documents if linked else ():
        if display.idtolink:
            relations.replace_with_addresses(document, linked, base=target.base, readable=target.readable)
        else:
            relations.embed_links(document, linked, _without_system)
    if not display.idtolink:
        prune(documents, query.fields, target.schema)
    computed.fill(documents, target.schema, query.fields)
    presented = render.documents(documents, metafields=metafields, people=people)
    return [relations.flatten(document) for document in presented] if display.flatten else presented


def _without_system(document: dict[str, Any]) -> dict[str, Any]:
    return render.document(document, metafields=False, people={})


def _present_plain(document: dict[str, Any], collection: engine.Collection) -> dict[str, Any]:
    linked = relations.links(collection.spec.schema)
    relations.embed_links(document, linked, _without_system)
    computed.fill([document], collection.spec.schema, {})
    return _without_system(document)


def _with_filter(query: engine.Query, base_filter: Mapping[str, Any] | None) -> engine.Query:
    if not base_filter:
        return query
    return replace(query, filter={"$and": [dict(query.filter), dict(base_filter)]})
