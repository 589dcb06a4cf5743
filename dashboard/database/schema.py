"""A collection's declaration and indexes; each change is first tried, and told, then made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

import catalog.services
import engine
import features.jobs.services
import features.jobs.tasks
from dashboard.database.database_forms import FIELD_TYPES, field_rows
from dashboard.database.schema_forms import change_of, in_words
from dashboard.documents import titles, undeclared
from dashboard.layout.base import FAULTY, CollectionPage

_ORDERS = {"1": 1, "-1": -1, "text": "text", "2dsphere": "2dsphere"}


class Schema(CollectionPage):
    page = "schema"

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        return self.shown()

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        """Preview the change; with `step=apply`, which the preview sends, apply it."""
        self.open_collection(database_id, collection).require(engine.Action.DESIGN)
        checks = request.POST.get("step") != "apply"
        try:
            wanted = change_of(request.POST)
            status = self._change(wanted, dry_run=checks)
        except (engine.Invalid, engine.Conflict, engine.TooLarge) as problem:
            return self.shown(problem=problem, status=FAULTY)
        if status.state not in ("done", "failed"):
            text = "The preview" if checks else "The change"
            return self.go("schema", database_id, collection, say=f"{text} is running and takes a while.")
        if status.state == "failed":
            problem = features.jobs.services.error_of(status)
            return self.shown(problem=problem, report=_report(status.result), status=FAULTY)
        if checks:
            return self.shown(plan={"text": in_words(wanted), **_report(status.result), "sent": _sent(request)})
        return self.go("schema", database_id, collection, say="Schema changed.")

    def _change(self, wanted: dict[str, Any], *, dry_run: bool) -> features.jobs.services.Status:
        job_id = features.jobs.services.change_schema(
            self.principal, self.database.id, self.collection.spec.name, changes=wanted, dry_run=dry_run
        )
        return features.jobs.tasks.start(self.principal, job_id)

    def shown(
        self,
        *,
        plan: dict[str, Any] | None = None,
        problem: engine.Error | None = None,
        report: dict[str, Any] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        name = self.collection.spec.name
        latest = undeclared.sample(self.collection)
        unknown = undeclared.undeclared_fields(latest, self.collection.spec.schema)
        names = [field.name for field in self.collection.spec.schema.fields] + [item.name for item in unknown]
        declare = self.request.GET.get("declare", "")
        typed = field_rows(self.request.POST) if problem and self.request.POST.get("op") == "add" else []
        context = {
            "about": catalog.services.describe_collection(self.principal, self.database.id, name),
            "types": FIELD_TYPES,
            "siblings": list(self.database.specs),
            "may_design": engine.Action.DESIGN in self.database.allowed,
            "may_own": engine.Action.OWN in self.database.allowed,
            "plan": plan,
            "problem": problem,
            "problem_schema": self.request.POST.get("json_schema", "") if problem else "",
            "report": report,
            "typed": typed[0] if typed else {"name": declare} if declare else None,
            "undeclared": unknown,
            "sampled": len(latest),
            "title_choices": names,
            "automatic_title": titles.title_field(replace(self.collection.spec, title_field=""), latest),
        }
        return self.show("schema.html", context, status=status)


class Indexes(CollectionPage):
    page = "indexes"

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        return self.shown()

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        target = self.open_collection(database_id, collection)
        try:
            wanted = self._wanted(request)
            name = target.indexes.create(wanted)
        except (engine.Invalid, engine.Conflict, engine.TooLarge) as problem:
            return self.shown(problem=problem, status=FAULTY)
        for text in target.indexes.warnings(wanted):
            messages.warning(request, text)
        return self.go("indexes", database_id, collection, say=f"Index {name} created.")

    def _wanted(self, request: HttpRequest) -> engine.NewIndex:
        """`paths` has a field a line; all of them go in one order."""
        paths = [line.strip() for line in request.POST.get("paths", "")[:10_000].splitlines() if line.strip()]
        order = _ORDERS.get(request.POST.get("order", "1"), 1)
        return engine.NewIndex(
            keys=[(path, order) for path in paths],
            unique=request.POST.get("unique") == "on",
            name=request.POST.get("name", "").strip(),
        )

    def shown(self, *, problem: engine.Error | None = None, status: int = 200) -> HttpResponse:
        context = {
            "indexes": self.collection.indexes.all(),
            "may_design": engine.Action.DESIGN in self.database.allowed,
            "problem": problem,
            "examples": _duplicates(problem),
            "typed": self.request.POST if problem else {},
            "paths": [field.name for field in self.collection.spec.schema.fields],
        }
        return self.show("indexes.html", context, status=status)


class DropIndex(CollectionPage):
    page = "indexes"

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        name = request.POST.get("name", "")
        self.open_collection(database_id, collection).indexes.drop(name)
        return self.go("indexes", database_id, collection, say=f"Index {name} dropped.")


def _duplicates(problem: engine.Error | None) -> list[dict[str, Any]]:
    """The values that keep an index from being unique, as text, with the documents that have them."""
    return [
        {
            "values": [(path, _value_text(value) or "absent") for path, value in item["values"].items()],
            "count": item["count"],
            "ids": [str(name) for name in item["ids"]],
        }
        for item in (problem.details or {} if problem else {}).get("examples", [])
    ]


def _report(result: dict[str, Any]) -> dict[str, Any]:
    """A job's report with its values as text, for a template, which cannot read names that begin with `_`."""
    return {
        **result,
        "examples": [
            {**item, "id": item["_id"], "value": _value_text(item["value"])} for item in result.get("examples", [])
        ],
        "reasons": [
            {**item, "values": [_value_text(value) for value in item["values"]]}
            for item in result.get("reasons", [])
        ],
    }


def _value_text(value: Any) -> str:
    """Text in quotation marks, so that spaces and empty text are seen; nothing for what is absent."""
    return "" if value is None else engine.dumps(value).decode()


def _sent(request: HttpRequest) -> list[tuple[str, str]]:
    """What was typed, to be sent again with the decision."""
    return [(name, value) for name, value in request.POST.items() if name not in ("csrfmiddlewaretoken", "step")]
