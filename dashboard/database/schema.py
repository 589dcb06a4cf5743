"""Schema and indexes of a collection. Each schema change is previewed before it is applied."""

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
from dashboard.database.schema_forms import change_of, describe
from dashboard.documents import titles, undeclared
from dashboard.layout.base import BAD_REQUEST, CollectionPage
from engine.encoding import dumps
from engine.indexes import NewIndex

_ORDERS: dict[str, int | str] = {"1": 1, "-1": -1, "text": "text", "2dsphere": "2dsphere"}


class CollectionSchemaView(CollectionPage):
    page = "schema"

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        return self.render_page()

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        """Preview the change, or apply it if the preview submits `step=apply`."""
        self.open_collection(database_id, collection).require(engine.Action.DESIGN)
        dry_run = request.POST.get("step") != "apply"
        try:
            change = change_of(request.POST)
            status = self._change(change, dry_run=dry_run)
        except (engine.Invalid, engine.Conflict, engine.TooLarge) as error:
            return self.render_page(error=error, status=BAD_REQUEST)
        if status.state not in ("done", "failed"):
            text = "The preview" if dry_run else "The change"
            return self.redirect("schema", database_id, collection, message=f"{text} is running and takes a while.")
        if status.state == "failed":
            failure = features.jobs.services.error_of(status)
            return self.render_page(error=failure, report=_report(status.result), status=BAD_REQUEST)
        if dry_run:
            return self.render_page(
                plan={"text": describe(change), **_report(status.result), "sent": _submitted_values(request)}
            )
        return self.redirect("schema", database_id, collection, message="Schema changed.")

    def _change(self, change: dict[str, Any], *, dry_run: bool) -> features.jobs.services.Status:
        job_id = features.jobs.services.change_schema(
            self.principal, self.database.id, self.collection.spec.name, changes=change, dry_run=dry_run
        )
        return features.jobs.tasks.start(self.principal, job_id)

    def render_page(
        self,
        *,
        plan: dict[str, Any] | None = None,
        error: engine.Error | None = None,
        report: dict[str, Any] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        name = self.collection.spec.name
        latest = undeclared.sample(self.collection)
        unknown = undeclared.undeclared_fields(latest, self.collection.spec.schema)
        names = [field.name for field in self.collection.spec.schema.fields] + [item.name for item in unknown]
        declare = self.request.GET.get("declare", "")
        rows = field_rows(self.request.POST) if error and self.request.POST.get("op") == "add" else []
        context = {
            "about": catalog.services.retention.describe_collection(self.principal, self.database.id, name),
            "types": FIELD_TYPES,
            "siblings": list(self.database.specs),
            "may_design": engine.Action.DESIGN in self.database.allowed,
            "may_own": engine.Action.OWN in self.database.allowed,
            "plan": plan,
            "error": error,
            "submitted_json_schema": self.request.POST.get("json_schema", "") if error else "",
            "report": report,
            "typed": rows[0] if rows else {"name": declare} if declare else None,
            "undeclared": unknown,
            "sampled": len(latest),
            "title_choices": names,
            "automatic_title": titles.title_field(replace(self.collection.spec, title_field=""), latest),
        }
        return self.show("schema.html", context, status=status)


class IndexesPage(CollectionPage):
    page = "indexes"

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        return self.render_page()

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        target = self.open_collection(database_id, collection)
        try:
            index = self._new_index(request)
            name = target.indexes.create(index)
        except (engine.Invalid, engine.Conflict, engine.TooLarge) as error:
            return self.render_page(error=error, status=BAD_REQUEST)
        for text in target.indexes.warnings(index):
            messages.warning(request, text)
        return self.redirect("indexes", database_id, collection, message=f"Index {name} created.")

    def _new_index(self, request: HttpRequest) -> NewIndex:
        """Return the submitted index. `paths` has one field per line; all have the same order."""
        paths = [line.strip() for line in request.POST.get("paths", "")[:10_000].splitlines() if line.strip()]
        order: int | str = _ORDERS.get(request.POST.get("order", "1"), 1)
        return NewIndex(
            keys=[(path, order) for path in paths],
            unique=request.POST.get("unique") == "on",
            name=request.POST.get("name", "").strip(),
        )

    def render_page(self, *, error: engine.Error | None = None, status: int = 200) -> HttpResponse:
        context = {
            "indexes": self.collection.indexes.all(),
            "may_design": engine.Action.DESIGN in self.database.allowed,
            "error": error,
            "examples": _duplicates(error),
            "typed": self.request.POST if error else {},
            "paths": [field.name for field in self.collection.spec.schema.visible_fields],
        }
        return self.show("indexes.html", context, status=status)


class DropIndexView(CollectionPage):
    page = "indexes"

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        name = request.POST.get("name", "")
        self.open_collection(database_id, collection).indexes.drop(name)
        return self.redirect("indexes", database_id, collection, message=f"Index {name} dropped.")


def _duplicates(error: engine.Error | None) -> list[dict[str, Any]]:
    """Return the duplicate values that prevent a unique index, as text, with the ids of their documents."""
    return [
        {
            "values": [(path, _value_text(value) or "absent") for path, value in item["values"].items()],
            "count": item["count"],
            "ids": [str(document_id) for document_id in item["ids"]],
        }
        for item in (error.details or {} if error else {}).get("examples", [])
    ]


def _report(result: dict[str, Any]) -> dict[str, Any]:
    """Return a job report with its values as text, and without names that begin with `_` for templates."""
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
    """Return a value as JSON, so that spaces and empty texts are visible; an empty text for None."""
    return "" if value is None else dumps(value).decode()


def _submitted_values(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the submitted values, to submit them again with the confirmation."""
    return [
        (name, str(value)) for name, value in request.POST.items() if name not in ("csrfmiddlewaretoken", "step")
    ]
