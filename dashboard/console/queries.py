"""The query console: find and aggregate, what they take, and the same as a program."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

import engine
from dashboard.console import code_export
from dashboard.documents import grid
from dashboard.layout import value_inputs
from dashboard.layout.base import FAULTY, DatabasePage
from web.parsing import json_text

_SAMPLE = 50
_MOST = 200
_LIMITS = (20, 50, 100, 200)


@dataclass(frozen=True)
class Asked:
    """What the console was asked, as text: all of it is in the address, so that a query can be linked to."""

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
    def of(cls, given: QueryDict, *, first: str) -> Asked:
        limit = given.get("limit", "")
        return cls(
            collection=given.get("collection", "") or first,
            mode="aggregate" if given.get("mode") == "aggregate" else "find",
            filter=given.get("filter", "").strip(),
            sort=given.get("sort", "").strip(),
            fields=given.get("fields", "").strip(),
            limit=int(limit) if limit.isdecimal() and int(limit[:6]) in _LIMITS else 50,
            pipeline=given.get("pipeline", "").strip(),
            shape="json" if given.get("shape") == "json" else "grid",
            run="mode" in given,
        )

    def query(self) -> engine.Query:
        """Raises `Invalid` that names filter, sort or fields."""
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


class Console(DatabasePage):
    """The console with, where something was asked, what came of it."""

    tab = "query"

    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        asked = self.asked(request.GET)
        context = self._context(asked)
        if not asked.run or not self.database.specs:
            return self.show("query.html", context)
        handle = self.database.collection(asked.collection)
        began = time.perf_counter()
        try:
            documents = handle.aggregate(asked.stages()) if asked.mode == "aggregate" else _found(handle, asked)
            programs = code_export.programs(self._request(asked))
        except (engine.Invalid, engine.TooLarge, engine.Unavailable) as problem:
            faults = problem.errors or [engine.FieldError("", problem.message)]
            return self.show("query.html", {**context, "faults": faults}, status=FAULTY)
        milliseconds = (time.perf_counter() - began) * 1000
        return self.show(
            "query.html", {**context, **_shown(documents, asked), "ms": milliseconds, "programs": programs}
        )

    def asked(self, given: QueryDict) -> Asked:
        return Asked.of(given, first=next(iter(self.database.specs), ""))

    def _context(self, asked: Asked) -> dict[str, Any]:
        handle = self.database.collection(asked.collection) if self.database.specs else None
        return {
            "asked": asked,
            "names": list(self.database.specs),
            "limits": _LIMITS,
            "words": _words(handle) if handle else {},
            "owner": self.principal.user_id,
        }

    def _request(self, asked: Asked) -> code_export.Asked:
        if asked.mode == "aggregate":
            return code_export.aggregate(self.database.id, asked.collection, pipeline=asked.stages())
        found = asked.query()
        sort, fields = dict(found.sort), dict(found.fields)
        return code_export.find(
            self.database.id, asked.collection, filters=found.filter, sort=sort, fields=fields, limit=asked.limit
        )


class Explain(Console):
    """How a find gets at its documents, and the index that would spare it a walk through all of them."""

    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        asked = self.asked(request.GET)
        handle = self.database.collection(asked.collection)
        try:
            found = handle.explain(asked.query())
        except (engine.Invalid, engine.TooLarge) as problem:
            return self.part("parts/explain.html", {"fault": problem.message}, status=FAULTY)
        context = {
            "database": self.database,
            "asked": asked,
            "plan": found,
            "advice": [{"field": path, "order": way} for path, way in found.advice],
            "may_design": engine.Action.DESIGN in handle.allowed,
        }
        return self.part("parts/explain.html", context)


class CreateIndex(DatabasePage):
    """Makes the index that was advised, and shows that it is there."""

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        handle = self.database.collection(request.POST.get("collection", ""))
        paths, ways = request.POST.getlist("field"), request.POST.getlist("order")
        keys = [(path, -1 if way == "-1" else 1) for path, way in zip(paths, ways, strict=False)]
        name = handle.indexes.create(engine.NewIndex(keys))
        return self.part("parts/index_made.html", {"name": name})


def _found(handle: engine.Collection, asked: Asked) -> list[dict[str, Any]]:
    return handle.find(asked.query()).documents


def _shown(documents: list[dict[str, Any]], asked: Asked) -> dict[str, Any]:
    names = list(dict.fromkeys(name for document in documents[:_MOST] for name in document if name != "_sys"))
    columns, rows = grid.table(documents[:_MOST] if asked.shape == "grid" else [], names)
    return {
        "done": True,
        "count": len(documents),
        "columns": columns,
        "rows": rows,
        "text": value_inputs.as_json(documents[:_MOST]) if asked.shape == "json" else "",
        "cut": len(documents) > _MOST,
    }


def _object(name: str, text: str) -> dict[str, Any]:
    found = json_text(name, text) if text else {}
    if type(found) is not dict:
        raise engine.Invalid.of_field(name, f"The {name} must be a JSON object.")
    return found


def _words(handle: engine.Collection) -> dict[str, list[str]]:
    """What the console completes: fields as declared and as the first documents have them, and operators."""
    names = dict.fromkeys(["_id", *(field.name for field in handle.spec.schema.fields)])
    if engine.Action.READ in handle.allowed:
        sample = engine.Query(limit=_SAMPLE, count=engine.Count.NONE)
        for document in handle.find(sample).documents:
            names |= dict.fromkeys(_paths(document))
    names |= dict.fromkeys(("_sys.created", "_sys.updated", "_sys.version"))
    expressions = sorted({*engine.STAGES, *engine.EXPRESSIONS, *engine.ACCUMULATORS})
    return {"fields": list(names), "filter": list(engine.OPERATORS), "pipeline": expressions}


def _paths(document: dict[str, Any]) -> list[str]:
    """The names of a document, and of the objects in it."""
    found = []
    for name, value in document.items():
        if name != "_sys":
            found.append(name)
            if type(value) is dict:
                found += [f"{name}.{inner}" for inner in value]
    return found
