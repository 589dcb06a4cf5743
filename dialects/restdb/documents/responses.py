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
from dialects.restdb.documents.presentation import PLAIN, PresentationContext, present
from dialects.restdb.operations.lists import DisplayOptions, ListParameters, ListRequest, NameScope
from dialects.restdb.query.groups import UTC, Group, groups, metrics
from dialects.restdb.query.links import Links, key_values, read_fields, sorted_page
from engine.encoding import dumps
from web.errors import NOT_FOUND
from web.views import json_response

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

    def context(
        self, display: DisplayOptions, fields: Mapping[str, int] | None = None, *, single: bool = False
    ) -> PresentationContext:
        """Return how documents read with the projection `fields` are presented."""
        return PresentationContext(
            self.database, self.collection, self.base, self.readable, display, fields or {}, single
        )

    @property
    def scope(self) -> NameScope:
        """Return what the names in a request refer to."""
        return NameScope(self.schema, self.database, self.links)

    def list_request(self, params: QueryDict) -> ListRequest:
        """Parse the parameters of a list; raises `Invalid` with every error."""
        return ListParameters.of_params(params, context=self.scope).list_request()


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
    if request.only_count and request.totals:
        return _json_list([], request, query, total=total, count=total or 0)
    documents = present(page.documents, target.context(request.display, query.fields))
    return _json_list(documents, request, query, total=total, count=len(documents))


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
    context = target.context(request.display, request.query.fields)
    return lambda document: present([document], context)[0]


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
    return present(documents, target.context(display, query.fields, single=True))[0]


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
    return present(documents, target.context(DisplayOptions(metafields=True)))


def _with_filter(query: engine.Query, base_filter: Mapping[str, Any] | None) -> engine.Query:
    if not base_filter:
        return query
    return replace(query, filter={"$and": [dict(query.filter), dict(base_filter)]})
