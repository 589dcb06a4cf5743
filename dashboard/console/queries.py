"""The query console: find and aggregate, query plans, code export and completions."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

import engine
from dashboard.console import code_export
from dashboard.documents import grid
from dashboard.layout import value_inputs
from dashboard.layout.base import BAD_REQUEST, DatabasePage
from engine.indexes import NewIndex
from engine.query import ACCUMULATORS, EXPRESSIONS, OPERATORS, STAGES
from web.requests.body import json_text

_SAMPLE_SIZE = 50
MAX_SHOWN = 200
_LIMITS = (20, 50, 100, 200)


@dataclass(frozen=True)
class ConsoleQuery:
    """The submitted query as text. All of it is in the address, so that a query can be linked to."""

    collection: str
    mode: str = "find"
    filter: str = ""
    sort: str = ""
    fields: str = ""
    limit: int = 50
    pipeline: str = ""
    shape: str = "grid"
    run: bool = False

    @classmethod
    def of(cls, params: QueryDict, *, default_collection: str) -> ConsoleQuery:
        limit = params.get("limit", "")
        return cls(
            collection=params.get("collection", "") or default_collection,
            mode="aggregate" if params.get("mode") == "aggregate" else "find",
            filter=params.get("filter", "").strip(),
            sort=params.get("sort", "").strip(),
            fields=params.get("fields", "").strip(),
            limit=int(limit) if limit.isdecimal() and int(limit[:6]) in _LIMITS else 50,
            pipeline=params.get("pipeline", "").strip(),
            shape="json" if params.get("shape") == "json" else "grid",
            run="mode" in params,
        )

    def query(self) -> engine.Query:
        """Return the query to run. Raises `Invalid`, which names filter, sort or fields."""
        filter, sort, fields = (_object(name, getattr(self, name)) for name in ("filter", "sort", "fields"))
        return engine.Query(
            filter=filter,
            sort=tuple(sort.items()),
            fields=fields,
            limit=self.limit,
            root="filter",
            count=engine.Count.NONE,
        )

    def stages(self) -> Any:
        return json_text("pipeline", self.pipeline) if self.pipeline else []


class ConsoleView(DatabasePage):
    """The console, with the result if a query was submitted."""

    tab = "query"

    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        query = self.requested_query(request.GET)
        context = self._context(query)
        if not query.run or not self.database.specs:
            return self.show("query.html", context)
        handle = self.database.collection(query.collection)
        started_at = time.perf_counter()
        try:
            documents = handle.aggregate(query.stages()) if query.mode == "aggregate" else _find(handle, query)
            programs = code_export.programs(self._request(query))
        except (engine.Invalid, engine.TooLarge, engine.Unavailable) as error:
            errors = error.errors or [engine.FieldError("", error.message)]
            return self.show("query.html", {**context, "errors": errors}, status=BAD_REQUEST)
        milliseconds = (time.perf_counter() - started_at) * 1000
        return self.show(
            "query.html",
            {**context, **_result(documents, query), "ms": milliseconds, "programs": programs},
        )

    def requested_query(self, params: QueryDict) -> ConsoleQuery:
        return ConsoleQuery.of(params, default_collection=next(iter(self.database.specs), ""))

    def _context(self, query: ConsoleQuery) -> dict[str, Any]:
        handle = self.database.collection(query.collection) if self.database.specs else None
        return {
            "query": query,
            "names": list(self.database.specs),
            "limits": _LIMITS,
            "completions": _completions(handle) if handle else {},
            "owner": self.principal.user_id,
        }

    def _request(self, query: ConsoleQuery) -> code_export.ApiRequest:
        if query.mode == "aggregate":
            return code_export.aggregate(self.database.id, query.collection, pipeline=query.stages())
        find = query.query()
        sort, fields = dict(find.sort), dict(find.fields)
        return code_export.find(
            self.database.id,
            query.collection,
            filters=find.filter,
            sort=sort,
            fields=fields,
            limit=query.limit,
        )


class ExplainView(ConsoleView):
    """The query plan of a find, and an index that would avoid a collection scan."""

    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        query = self.requested_query(request.GET)
        handle = self.database.collection(query.collection)
        try:
            plan = handle.explain(query.query())
        except (engine.Invalid, engine.TooLarge) as error:
            return self.part("parts/explain.html", {"error": error.message}, status=BAD_REQUEST)
        context = {
            "database": self.database,
            "query": query,
            "plan": plan,
            "advice": [{"field": path, "order": order} for path, order in plan.advice],
            "may_design": engine.Action.DESIGN in handle.allowed,
        }
        return self.part("parts/explain.html", context)


class CreateIndexView(DatabasePage):
    """Create the suggested index."""

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        handle = self.database.collection(request.POST.get("collection", ""))
        paths, orders = request.POST.getlist("field"), request.POST.getlist("order")
        keys = [(path, -1 if order == "-1" else 1) for path, order in zip(paths, orders, strict=False)]
        name = handle.indexes.create(NewIndex(keys))
        return self.part("parts/index_created.html", {"name": name})


def _find(handle: engine.Collection, query: ConsoleQuery) -> list[dict[str, Any]]:
    return handle.find(query.query()).documents


def _result(documents: list[dict[str, Any]], query: ConsoleQuery) -> dict[str, Any]:
    names = list(dict.fromkeys(name for document in documents[:MAX_SHOWN] for name in document if name != "_sys"))
    columns, rows = grid.table(documents[:MAX_SHOWN] if query.shape == "grid" else [], names)
    return {
        "done": True,
        "count": len(documents),
        "columns": columns,
        "rows": rows,
        "text": value_inputs.as_json(documents[:MAX_SHOWN]) if query.shape == "json" else "",
        "cut": len(documents) > MAX_SHOWN,
    }


def _object(name: str, text: str) -> dict[str, Any]:
    value = json_text(name, text) if text else {}
    if type(value) is not dict:
        raise engine.Invalid.of_field(name, f"The {name} must be a JSON object.")
    return value


def _completions(handle: engine.Collection) -> dict[str, list[str]]:
    """Return completions: declared fields, fields of the first documents, and operators."""
    fields = dict.fromkeys(["_id", *(field.name for field in handle.spec.schema.visible_fields)])
    if engine.Action.READ in handle.allowed:
        sample = engine.Query(limit=_SAMPLE_SIZE, count=engine.Count.NONE)
        for document in handle.find(sample).documents:
            fields |= dict.fromkeys(_paths(document))
    fields |= dict.fromkeys(("_sys.created", "_sys.updated", "_sys.version"))
    expressions = sorted({*STAGES, *EXPRESSIONS, *ACCUMULATORS})
    return {"fields": list(fields), "filter": list(OPERATORS), "pipeline": expressions}


def _paths(document: dict[str, Any]) -> list[str]:
    """Return the field names of a document and of the objects in it, one level deep."""
    paths = []
    for name, value in document.items():
        if name != "_sys":
            paths.append(name)
            if type(value) is dict:
                paths += [f"{name}.{inner}" for inner in value]
    return paths
