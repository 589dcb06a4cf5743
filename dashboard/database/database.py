"""A database: its collections, new collections, settings and deletion."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

import accounts.services
import catalog.services
import engine
from accounts.services.teams import OwnTeam
from dashboard.database import diagram
from dashboard.database.database_forms import FIELD_TYPES, NewCollectionForm, declaration, errors_by_row, field_rows
from dashboard.layout import navigation, sessions
from dashboard.layout.base import BAD_REQUEST, DatabasePage, SettingsPage
from dashboard.team.team import own_team

_BLANK = {"number": 0, "type": "string"}


class CollectionsView(DatabasePage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        database = self.open(database_id)
        search = request.GET.get("search", "")[:100]
        context = {
            "collections": [_summary(database, name) for name in database.specs if search.lower() in name.lower()],
            "search": search,
            "total": len(database.specs),
            "size": database.size(),
            "diagram": diagram.build(database.specs),
            "may_design": engine.Action.DESIGN in database.allowed,
        }
        return self.show("database_collections.html", context)


class NewCollectionView(DatabasePage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id).require(engine.Action.DESIGN)
        return self.show("collection_new.html", self._context(NewCollectionForm(), [dict(_BLANK)]))

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id).require(engine.Action.DESIGN)
        form, rows = NewCollectionForm(request.POST), field_rows(request.POST)
        if form.is_valid():
            try:
                return self._create(form.cleaned_data, rows)
            except (engine.Invalid, engine.TooLarge, engine.Conflict) as error:
                errors = errors_by_row(error, rows)
                if errors or not error.errors:
                    form.add_errors(engine.Invalid(error.message, errors=errors))
        return self.show("collection_new.html", self._context(form, rows or [dict(_BLANK)]), status=BAD_REQUEST)

    def _create(self, values: dict[str, Any], rows: list[dict[str, Any]]) -> HttpResponse:
        declaration_of_collection = {**values, "fields": [declaration(row) for row in rows]}
        (created,) = catalog.services.creation.add_collections(
            self.principal, self.database.id, collections=[declaration_of_collection], fields_required=False
        )
        if created.existed:
            raise engine.Invalid.of_field("name", "A collection of this name exists already.")
        return self.redirect("database", self.database.id, message=f"The collection {created.name} is created.")

    def _context(self, form: NewCollectionForm, rows: list[dict[str, Any]]) -> dict[str, Any]:
        siblings = list(self.database.specs)
        return {"form": form, "rows": rows, "types": FIELD_TYPES, "siblings": siblings, "crumb": "New collection"}


class DatabaseSettingsPage(SettingsPage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self.render_page()

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        """Change what can be read without a key."""
        self.open(database_id)
        changes = {
            "public_schemas": request.POST.getlist("public_schemas"),
            "public_file_names": request.POST.get("public_file_names") == "on",
        }
        try:
            catalog.services.rest.change_rest_settings(self.principal, database_id, changes)
        except engine.Invalid as error:
            return self.render_page(error=error.message, status=BAD_REQUEST)
        return self.redirect("settings", database_id, message="Settings saved.")

    def render_page(self, *, error: str = "", status: int = 200) -> HttpResponse:
        database = self.database
        may_design = engine.Action.DESIGN in database.allowed
        context = {
            "rest": catalog.services.rest.read_rest_settings(self.principal, database.id) if may_design else None,
            "rest_error": error,
            "size": database.size(),
            "may_own": engine.Action.OWN in database.allowed,
            "may_restore": database.allowed >= engine.DOCUMENT_ACTIONS,
            "other_teams": self._other_teams() if engine.Action.OWN in database.allowed else [],
            "may_copy": engine.Action.READ in database.allowed and self.principal.may_create_databases(),
            "collection_rules": [(name, spec.history, spec.schema.strict) for name, spec in database.specs.items()],
        }
        return self.show("database_settings.html", context, status=status)

    def _other_teams(self) -> list[OwnTeam]:
        """Return the teams that the user may give the database to."""
        own = catalog.services.access.team_of(self.principal, self.database.id)
        others = [team for team in accounts.services.teams.list_teams(self.principal) if team.id != own]
        return [team for team in others if engine.Action.DESIGN in self.principal.team_actions(team.id)]


class TransferDatabaseView(DatabasePage):
    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        team = own_team(self.principal, request.POST.get("team", ""))
        name = catalog.services.metadata.transfer.transfer_database(self.principal, database_id, team=team)
        sessions.choose_team(request, team)
        return self.redirect("settings", database_id, message=f"The database {name} belongs to this team now.")


class DropDatabaseView(DatabasePage):
    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        name = catalog.services.deletion.drop_database(
            self.principal, database_id, confirmation=request.POST.get("confirmation")
        )
        return self.redirect("home", message=f"The database {name} is deleted.")


class DropCollectionView(DatabasePage):
    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        self.open(database_id, collection=collection).collection(collection).require(engine.Action.OWN)
        if request.POST.get("confirmation", "").strip() != collection:
            raise engine.Invalid("Type the name of the collection to confirm.")
        catalog.services.deletion.drop_collections(self.principal, database_id, names=[collection])
        return self.redirect("database", database_id, message=f"The collection {collection} is deleted.")


def _summary(database: engine.Database, name: str) -> dict[str, Any]:
    collection = database.collection(name)
    size = collection.size()
    return {
        "name": name,
        "url": navigation.first_page(database, name),
        "schema_url": reverse("dashboard:schema", args=[database.id, name]),
        "documents": size["documents"],
        "bytes": size["bytes"],
        "versions": size["versions"] if collection.spec.history else None,
        "fields": len(collection.spec.schema.visible_fields),
        "strict": collection.spec.schema.strict,
    }
