"""Reads what a GET asks for, and makes its answer: a list with its totals, or one document."""

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
from dialects.restdb.query.groups import UTC, Group, groups, measures
from dialects.restdb.query.links import Links, key_values, prune, read_fields, sorted_page
from dialects.restdb.query.list_request import Reader, Reading, Shown, names_system_fields
from identity.services import names_of
from web.errors import NOT_FOUND
from web.views import json_response

PLAIN = Shown()
# What is not shown need not be read.
_WITHOUT_SYSTEM = {"_sys": 0}


@dataclass(frozen=True)
class Place:
    """A collection as it was addressed: `base` is what the caller calls its database.

    `readable` says of a path whether the key's paths lead into it: what is beyond them is not shown inside of
    something else either.
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
        """What the request may look into through links."""
        return Links(self.database, self.readable)

    def find(self, query: engine.Query, asked: Shown = PLAIN) -> engine.Page:
        """One page, its links followed unless addresses are asked for."""
        query = computed.widened(replace(query, fields=read_fields(query.fields, self.schema)), self.schema)
        if not asked.idtolink:
            query = relations.with_links(query, self.schema, self.readable)
        if self.links.leads([path for path, _ in query.sort], self.schema):
            return sorted_page(self.collection, query, self.links)
        return self.collection.find(query)

    def reader(self, params: QueryDict) -> Reader:
        return Reader(params, self.schema, database=self.database, links=self.links)


def listing(place: Place, asked: Reading, *, only: Mapping[str, Any] | None = None) -> HttpResponse:
    """A list; `only` is what its documents have in common besides what is asked."""
    query = _narrowed(asked.query, only)
    if asked.aggregate and not asked.only_count:
        return _reckoned(place, replace(asked, query=query))
    if not (asked.groupby or asked.shown.metafields or query.fields):
        query = replace(query, fields=_WITHOUT_SYSTEM)
    found = place.find(query, asked.shown)
    total = found.total
    if asked.groupby and not asked.only_count:
        wanted = _groups(place, asked)
        content = grouped(
            found.documents, wanted, shown=_shower(place, asked), values=_values(place, found, wanted)
        )
        return _answer(content, asked, query, total=total, count=len(found.documents))
    documents = [] if asked.only_count and asked.totals else shown(place, found.documents, asked.shown, query)
    counted = total if asked.only_count and asked.totals else len(documents)
    return _answer(documents, asked, query, total=total, count=counted or 0)


def _groups(place: Place, asked: Reading) -> tuple[Group, ...]:
    """The groups of a list; a calendar date is the same day in every time zone."""
    days = {name for name, field in place.schema.by_name.items() if field.type == "date"}
    found = groups(asked.groupby, timezone=asked.timezone)
    return tuple(replace(group, timezone=UTC) if group.path in days else group for group in found)


def _values(place: Place, page: engine.Page, wanted: Sequence[Group]) -> Mapping[str, list[Any]]:
    """Return the values to group a page's documents by, where some of them lie behind links."""
    paths = [group.path for group in wanted]
    if not place.links.leads(paths, place.schema):
        return {}
    return key_values(place.collection, [document["_id"] for document in page.documents], paths, place.links)


def _reckoned(place: Place, asked: Reading) -> HttpResponse:
    """Figures, of everything that matches unless the caller names a `max`."""
    wanted = GroupQuery(
        asked.query, _groups(place, asked), measures(asked.aggregate), asked.grand_total, asked.bounded
    )
    content, count = wanted.run(place.collection, links=place.links, shown=_shower(place, asked))
    total = count
    if asked.totals:
        total = place.collection.find(replace(asked.query, limit=1, skip=0, fields={"_id": 1})).total or 0
    return _answer(content, asked, asked.query, total=total, count=count)


def _shower(place: Place, asked: Reading) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda document: shown(place, [document], asked.shown, asked.query)[0]


def _answer(content: Any, asked: Reading, query: engine.Query, *, total: int | None, count: int) -> HttpResponse:
    totals = render.totals(total=total, count=count, skip=query.skip, limit=query.limit)
    response = json_response({"data": content, "totals": totals} if asked.totals else content)
    response.headers["X-Pagination"] = engine.dumps(totals).decode()
    return response


def one(
    place: Place, query: engine.Query, asked: Shown, *, only: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    found = place.find(_narrowed(query, only), asked).documents
    if not found:
        raise engine.NotFound(NOT_FOUND)
    document_id = found[0]["_id"]
    answer = shown(place, found, asked, query)[0]
    if asked.referencedby:
        answer["referencedby"] = relations.referencing(
            document_id, place.collection, place.database, readable=place.readable, show=_plainly
        )
    return answer


def written(place: Place, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """New documents, whole, in the order that they have; their links are followed where they may be read."""
    names = relations.links(place.schema)
    may_look = engine.Action.READ in place.collection.allowed and len(found) <= settings.MAX_PAGE_SIZE
    if may_look and any(name in document for document in found for name in names):
        ids = [str(document["_id"]) for document in found]
        query = engine.Query({"_id": {"$in": ids}}, limit=len(ids), count=engine.Count.NONE)
        there = {document["_id"]: document for document in place.find(query).documents}
        found = [there.get(document["_id"], document) for document in found]
    return whole(place, found)


def whole(place: Place, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Documents with their system fields, as the answers to writes have them."""
    return shown(place, found, Shown(metafields=True), engine.Query())


def shown(place: Place, found: list[dict[str, Any]], asked: Shown, query: engine.Query) -> list[dict[str, Any]]:
    """Documents as they are shown; their links were followed, or are to become addresses."""
    metafields = asked.metafields or names_system_fields(query.fields)
    people = names_of(place.database, render.actors(found)) if metafields else {}
    if asked.fetchchildren:
        relations.fetch_children(found, place.collection, place.database, readable=place.readable, show=_plainly)
    if (asked.fetchmediadata or asked.idtolink) and place.readable("media/0"):
        if asked.fetchmediadata:
            fetch_records(found, place.database)
        else:
            link_records(found, place.database, base=place.base)
    linked = relations.links(place.schema)
    for document in found if linked else ():
        if asked.idtolink:
            relations.as_addresses(document, linked, base=place.base, readable=place.readable)
        else:
            relations.embedded(document, linked, _without_system)
    if not asked.idtolink:
        prune(found, query.fields, place.schema)
    computed.fill(found, place.schema, query.fields)
    answer = render.documents(found, metafields=metafields, people=people)
    return [relations.flattened(document) for document in answer] if asked.flatten else answer


def _without_system(document: dict[str, Any]) -> dict[str, Any]:
    return render.document(document, metafields=False, people={})


def _plainly(document: dict[str, Any], collection: engine.Collection) -> dict[str, Any]:
    linked = relations.links(collection.spec.schema)
    relations.embedded(document, linked, _without_system)
    computed.fill([document], collection.spec.schema, {})
    return _without_system(document)


def _narrowed(query: engine.Query, only: Mapping[str, Any] | None) -> engine.Query:
    if not only:
        return query
    return replace(query, filter={"$and": [dict(query.filter), dict(only)]})
