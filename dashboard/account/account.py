"""The user's own account: profile, password, sessions, data export and deletion."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

import accounts.services
import catalog.services
import engine
from dashboard.layout import sessions
from dashboard.layout.base import BAD_REQUEST, DashboardPage
from dashboard.layout.sign_in_forms import NamesForm, PasswordForm
from dashboard.layout.value_inputs import as_json


class AccountView(DashboardPage):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render_page()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NamesForm(request.POST)
        if not form.is_valid():
            return self.render_page(names=form, status=BAD_REQUEST)
        accounts.services.people.update_profile(self.principal.user_id, **form.cleaned_data)
        return self.redirect("account", message="Profile saved.")

    def render_page(
        self, *, names: NamesForm | None = None, password: PasswordForm | None = None, status: int = 200
    ) -> HttpResponse:
        profile = accounts.services.people.profile(self.principal.user_id)
        profile_names = {"first_name": profile.first_name, "last_name": profile.last_name}
        context = {
            "profile": profile,
            "names": names or NamesForm(initial=profile_names),
            "password": password or PasswordForm(),
            "factor": accounts.services.second_factor.enrolment.status(self.principal),
            "sessions": accounts.services.sessions.list_sessions(self.principal),
            "deletion": accounts.services.account_deletion.plan_account_deletion(self.principal),
        }
        return self.show("account.html", context, status=status)


class ChangePasswordView(AccountView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.redirect("account")

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PasswordForm(request.POST)
        if form.is_valid():
            self.count_password_try()
            try:
                accounts.services.passwords.change_password(self.principal, **form.cleaned_data)
            except engine.Invalid as error:
                form.add_errors(error)
            else:
                return self.redirect("account", message="Password changed. All other sessions are signed out.")
        return self.render_page(password=form, status=BAD_REQUEST)


class EndSessionView(DashboardPage):
    def post(self, request: HttpRequest, session_id: str) -> HttpResponse:
        accounts.services.sessions.revoke_session(self.principal, session_id=session_id)
        return self.redirect("account", message="Session ended.")


class EndOtherSessionsView(DashboardPage):
    def post(self, request: HttpRequest) -> HttpResponse:
        ended = accounts.services.sessions.revoke_other_sessions(self.principal)
        return self.redirect("account", message=f"{ended} other session{'' if ended == 1 else 's'} ended.")


class ExportAccountView(DashboardPage):
    """Download of all data that is stored about the user, as one JSON file."""

    def get(self, request: HttpRequest) -> HttpResponse:
        data = {
            **accounts.services.account_deletion.export_account(self.principal),
            "databases": catalog.services.queries.export_databases(self.principal),
        }
        text = as_json(data)
        disposition = 'attachment; filename="datacube-account.json"'
        return HttpResponse(text, content_type="application/json", headers={"Content-Disposition": disposition})


class DeleteAccountView(AccountView):
    """Deletion of the account.

    The databases are deleted first: the catalog depends on accounts, not the other way round.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.redirect("account")

    def post(self, request: HttpRequest) -> HttpResponse:
        principal = self.principal
        if request.POST.get("confirmation") != principal.email:
            raise engine.Invalid("Type your e-mail address to confirm.")
        self.count_password_try()
        accounts.services.passwords.check_own_password(
            principal, request.POST.get("password", ""), field="password"
        )
        plan = accounts.services.account_deletion.plan_account_deletion(principal)
        if not plan.blocked:
            catalog.services.deletion.drop_databases_of_teams(principal, plan.ending)
            catalog.services.deletion.reassign_databases(principal, plan.new_owners)
        accounts.services.account_deletion.delete_account(principal)
        sessions.end(request)
        messages.success(request, "Your account and all it owned are deleted.")
        return self.redirect("login")
