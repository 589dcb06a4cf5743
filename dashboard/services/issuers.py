"""Identity providers of a database: create, edit, delete, and test tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

import engine
import identity.services
from dashboard.layout.base import BAD_REQUEST, SettingsPage
from dashboard.services import issuer_forms as forms
from dashboard.services.issuer_forms import IssuerForm

_MEMBERS = ("name", "algorithm", "issuer", "audience", "private")


class IssuerPage(SettingsPage):
    """A page about identity providers, for owners."""

    page = "issuers"

    def open(self, database_id: str, *, collection: str | None = None) -> engine.Database:
        database = super().open(database_id, collection=collection)
        database.require(engine.Action.OWN)
        database.require(engine.Action.DESIGN)
        return database

    def issuers(self) -> list[identity.services.Provider]:
        return identity.services.list_issuers(self.principal, self.database.id)

    def issuer(self, issuer_id: str) -> identity.services.Provider:
        match = next((item for item in self.issuers() if item.id == issuer_id), None)
        if match is None:
            raise engine.NotFound("Identity provider not found.")
        return match


class IssuersPage(IssuerPage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self.render_page()

    def render_page(self, *, report: identity.services.TokenReport | None = None) -> HttpResponse:
        issuers = self.issuers()
        context = {"issuers": issuers, "is_full": len(issuers) >= settings.MAX_ISSUERS, "report": report}
        return self.show("issuers.html", context)


class TokenTestView(IssuersPage):
    """Report on a token, checked as in a request. The token is neither stored nor shown again."""

    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        return self.redirect("issuers", database_id)

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        token = request.POST.get("token", "").strip().removeprefix("Bearer ").strip()
        return self.render_page(report=identity.services.report_on_token(self.principal, database_id, token))


class IssuerEditorPage(IssuerPage):
    """The form of an identity provider."""

    def form(self, *data: Any, stored: identity.services.Provider | None, **options: Any) -> IssuerForm:
        known = [*self.database.specs, *(stored.private if stored else ())]
        return IssuerForm(
            *data, collections=[name for name in known if name != "*"], stored=stored is not None, **options
        )

    def editor(
        self,
        form: IssuerForm,
        rows: Sequence[dict[str, Any]],
        *,
        issuer: identity.services.Provider | None,
        status: int = 200,
    ) -> HttpResponse:
        used = [row["collection"] for row in rows if row["collection"] != "*"]
        context = {
            "crumb": issuer.name if issuer else "New identity provider",
            "form": form.without_key(),
            "rows": rows,
            "issuer": issuer,
            "rights": forms.RIGHTS,
            "choices": forms.choices([*self.database.specs, *used]),
        }
        return self.show("issuer.html", context, status=status)


class NewIssuerView(IssuerEditorPage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self.editor(self.form(stored=None), [{"number": 0, "collection": "*"}], issuer=None)

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        form, rows = self.form(request.POST, stored=None), forms.typed_rows(request.POST)
        if form.is_valid():
            try:
                values = {**_members(form, rows), "key": form.cleaned_data["key"]}
                identity.services.add_issuer(self.principal, database_id, definition=values)
            except (engine.Invalid, engine.TooLarge) as error:
                form.add_errors(error)
            else:
                return self.redirect("issuers", database_id, message="Identity provider created.")
        return self.editor(form, rows, issuer=None, status=BAD_REQUEST)


class IssuerView(IssuerEditorPage):
    def get(self, request: HttpRequest, database_id: str, issuer_id: str) -> HttpResponse:
        self.open(database_id)
        issuer = self.issuer(issuer_id)
        form = self.form(stored=issuer, initial={name: getattr(issuer, name) for name in _MEMBERS})
        return self.editor(form, forms.role_rows(issuer.roles), issuer=issuer)

    def post(self, request: HttpRequest, database_id: str, issuer_id: str) -> HttpResponse:
        self.open(database_id)
        issuer = self.issuer(issuer_id)
        form, rows = self.form(request.POST, stored=issuer), forms.typed_rows(request.POST)
        if form.is_valid():
            key = form.cleaned_data["key"]
            try:
                values = {**_members(form, rows), **({"key": key} if key else {})}
                identity.services.change_issuer(self.principal, database_id, issuer_id, changes=values)
            except engine.Invalid as error:
                form.add_errors(error)
            else:
                return self.redirect("issuers", database_id, message="Identity provider saved.")
        return self.editor(form, rows, issuer=issuer, status=BAD_REQUEST)


class DeleteIssuerView(IssuerPage):
    def post(self, request: HttpRequest, database_id: str, issuer_id: str) -> HttpResponse:
        self.open(database_id)
        identity.services.drop_issuer(self.principal, database_id, issuer_id)
        return self.redirect("issuers", database_id, message="Identity provider deleted. Its tokens are refused.")


def _members(form: IssuerForm, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the properties of an issuer without its key. Raises `Invalid` for a right without a role."""
    if any(not row["name"] for row in rows):
        raise engine.Invalid("Enter the name of the role in each row with rights.")
    return {**{name: form.cleaned_data[name] for name in _MEMBERS}, "roles": forms.roles_of(rows)}
