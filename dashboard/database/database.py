"""A database: its collections, new ones, its settings and its end."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

import catalog.services
import engine
from dashboard.database import diagram
from dashboard.database.database_forms import FIELD_TYPES, NewCollectionForm, declaration, faults_by_row, field_rows
from dashboard.layout import navigation
from dashboard.layout.base import FAULTY, DatabasePage, SettingsPage

_BLANK = {"number": 0, "type": "string"}


class Collections(DatabasePage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        database = self.open(database_id)
        search = request.GET.get("search", "")[:100]
        context = {
            "collections": [_told(database, name) for name in database.specs if search.lower() in name.lower()],
            "search": search,
            "total": len(database.specs),
            "size": database.size(),
            "diagram": diagram.of(database.specs),
            "may_design": engine.Action.DESIGN in database.allowed,
        }
        return self.show("database_collections.html", context)


class NewCollection(DatabasePage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id).require(engine.Action.DESIGN)
        return self.show("collection_new.html", self._context(NewCollectionForm(), [dict(_BLANK)]))

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id).require(engine.Action.DESIGN)
        form, rows = NewCollectionForm(request.POST), field_rows(request.POST)
        if form.is_valid():
            try:
                return self._make(form.cleaned_data, rows)
            except (engine.Invalid, engine.TooLarge, engine.Conflict) as problem:
                faults = faults_by_row(problem, rows)
                if faults or not problem.errors:
                    form.take(engine.Invalid(problem.message, errors=faults))
        return self.show("collection_new.html", self._context(form, rows or [dict(_BLANK)]), status=FAULTY)

    def _make(self, given: dict[str, Any], rows: list[dict[str, Any]]) -> HttpResponse:
        wanted = {**given, "fields": [declaration(row) for row in rows]}
        (made,) = catalog.services.add_collections(
            self.principal, self.database.id, collections=[wanted], fields_required=False
        )
        if made.existed:
            raise engine.Invalid.of_field("name", "A collection of this name exists already.")
        return self.go("database", self.database.id, say=f"The collection {made.name} is created.")

    def _context(self, form: NewCollectionForm, rows: list[dict[str, Any]]) -> dict[str, Any]:
        siblings = list(self.database.specs)
        return {"form": form, "rows": rows, "types": FIELD_TYPES, "siblings": siblings, "crumb": "New collection"}


class Settings(SettingsPage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self.shown()

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        """Change what is readable without a key."""
        self.open(database_id)
        changes = {
            "public_schemas": request.POST.getlist("public_schemas"),
            "public_file_names": request.POST.get("public_file_names") == "on",
        }
        try:
            catalog.services.change_rest_settings(self.principal, database_id, changes)
        except engine.Invalid as error:
            return self.shown(error=error.message, status=FAULTY)
        return self.go("settings", database_id, say="Settings saved.")

    def shown(self, *, error: str = "", status: int = 200) -> HttpResponse:
        database = self.database
        may_design = engine.Action.DESIGN in database.allowed
        context = {
            "rest": catalog.services.read_rest_settings(self.principal, database.id) if may_design else None,
            "rest_error": error,
            "size": database.size(),
            "may_own": engine.Action.OWN in database.allowed,
            "may_restore": database.allowed >= engine.DOCUMENT_ACTIONS,
            "may_copy": engine.Action.READ in database.allowed and self.principal.may_create_databases(),
            "kept": [(name, spec.history, spec.schema.strict) for name, spec in database.specs.items()],
        }
        return self.show("database_settings.html", context, status=status)


class Drop(DatabasePage):
    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        name = catalog.services.drop_database(
            self.principal, database_id, confirmation=request.POST.get("confirmation")
        )
        return self.go("home", say=f"The database {name} is deleted.")


class DropCollection(DatabasePage):
    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        self.open(database_id, collection=collection).collection(collection).require(engine.Action.OWN)
        if request.POST.get("confirmation", "").strip() != collection:
            raise engine.Invalid("Type the name of the collection to confirm.")
        catalog.services.drop_collections(self.principal, database_id, names=[collection])
        return self.go("database", database_id, say=f"The collection {collection} is deleted.")


def _told(database: engine.Database, name: str) -> dict[str, Any]:
    collection = database.collection(name)
    size = collection.size()
    return {
        "name": name,
        "url": navigation.first_page(database, name),
        "schema_url": reverse("dashboard:schema", args=[database.id, name]),
        "documents": size["documents"],
        "bytes": size["bytes"],
        "versions": size["versions"] if collection.spec.history else None,
        "fields": len(collection.spec.schema.fields),
        "strict": collection.spec.schema.strict,
    }
