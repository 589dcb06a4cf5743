"""Reads what a GET asks for, and makes its answer: a list with its totals, or one document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpResponse

import accounts.services
import engine
from api.errors import NOT_FOUND
from api.views import json_response
from restapi import render
from restapi.aggregates import Reckoning, grouped
from restapi.parsing.groups import groups, measures
from restapi.parsing.reading import Reading, Shown, names_system_fields


def listing(handle: engine.Collection, asked: Reading, *, only: Mapping[str, Any] | None = None) -> HttpResponse:
    """A list; `only` is what its documents have in common besides what is asked."""
    query = _narrowed(asked.query, only)
    if asked.aggregate and not asked.only_count:
        return _reckoned(handle, replace(asked, query=query))
    found = handle.find(query)
    total = found.total
    if asked.groupby and not asked.only_count:
        wanted = groups(asked.groupby)
        content = grouped(found.documents, wanted, shown=_shower(asked))
        return _answer(content, asked, query, total=total, count=len(found.documents))
    documents = [] if asked.only_count and asked.totals else shown(found.documents, asked.shown, query)
    counted = total if asked.only_count and asked.totals else len(documents)
    return _answer(documents, asked, query, total=total, count=counted or 0)


def _reckoned(handle: engine.Collection, asked: Reading) -> HttpResponse:
    """Figures, of everything that matches unless the caller names a `max`."""
    wanted = Reckoning(
        asked.query, groups(asked.groupby), measures(asked.aggregate), asked.grand_total, asked.bounded
    )
    content, count = wanted.run(handle, shown=_shower(asked))
    total = handle.find(replace(asked.query, limit=1, fields={"_id": 1})).total if asked.totals else count
    return _answer(content, asked, asked.query, total=total, count=count)


def _shower(asked: Reading) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda document: shown([document], asked.shown, asked.query)[0]


def _answer(content: Any, asked: Reading, query: engine.Query, *, total: int | None, count: int) -> HttpResponse:
    totals = render.totals(total=total, count=count, skip=query.skip, limit=query.limit)
    response = json_response({"data": content, "totals": totals} if asked.totals else content)
    response.headers["X-Pagination"] = engine.dumps(totals).decode()
    return response


def one(
    handle: engine.Collection, query: engine.Query, asked: Shown, *, only: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    found = handle.find(_narrowed(query, only)).documents
    if not found:
        raise engine.NotFound(NOT_FOUND)
    return shown(found, asked, query)[0]


def shown(found: list[dict[str, Any]], asked: Shown, query: engine.Query) -> list[dict[str, Any]]:
    metafields = asked.metafields or names_system_fields(query.fields)
    people = accounts.services.addresses(render.actors(found)) if metafields else {}
    return render.documents(found, metafields=metafields, people=people)


def _narrowed(query: engine.Query, only: Mapping[str, Any] | None) -> engine.Query:
    if not only:
        return query
    return replace(query, filter={"$and": [dict(query.filter), dict(only)]})
