"""The person's own account: names, password, sessions, its export and its end."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

import accounts.services
import catalog.services
import engine
from dashboard.layout import sessions
from dashboard.layout.base import FAULTY, Page
from dashboard.layout.sign_in_forms import NamesForm, PasswordForm
from dashboard.layout.value_inputs import as_json


class Account(Page):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NamesForm(request.POST)
        if not form.is_valid():
            return self.shown(names=form, status=FAULTY)
        accounts.services.update_profile(self.principal.user_id, **form.cleaned_data)
        return self.go("account", say="Your names are saved.")

    def shown(
        self, *, names: NamesForm | None = None, password: PasswordForm | None = None, status: int = 200
    ) -> HttpResponse:
        profile = accounts.services.profile(self.principal.user_id)
        given = {"first_name": profile.first_name, "last_name": profile.last_name}
        context = {
            "profile": profile,
            "names": names or NamesForm(initial=given),
            "password": password or PasswordForm(),
            "sessions": accounts.services.list_sessions(self.principal),
            "leaving": accounts.services.plan_account_deletion(self.principal),
        }
        return self.show("account.html", context, status=status)


class Password(Account):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.go("account")

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PasswordForm(request.POST)
        if form.is_valid():
            self.count_password_try()
            try:
                accounts.services.change_password(self.principal, **form.cleaned_data)
            except engine.Invalid as problem:
                form.take(problem)
            else:
                return self.go("account", say="Your password is changed, and every other session has ended.")
        return self.shown(password=form, status=FAULTY)


class EndSession(Page):
    def post(self, request: HttpRequest, session_id: str) -> HttpResponse:
        accounts.services.revoke_session(self.principal, session_id=session_id)
        return self.go("account", say="That session has ended.")


class EndOthers(Page):
    def post(self, request: HttpRequest) -> HttpResponse:
        ended = accounts.services.revoke_other_sessions(self.principal)
        return self.go("account", say=f"{ended} other session{'' if ended == 1 else 's'} ended.")


class Export(Page):
    """All that is known of the person, as a file."""

    def get(self, request: HttpRequest) -> HttpResponse:
        found = {
            **accounts.services.export_account(self.principal),
            "databases": catalog.services.export_databases(self.principal),
        }
        text = as_json(found)
        disposition = 'attachment; filename="datacube-account.json"'
        return HttpResponse(text, content_type="application/json", headers={"Content-Disposition": disposition})


class Delete(Account):
    """What the account owns goes first, because the catalog may know accounts and not the other way round."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.go("account")

    def post(self, request: HttpRequest) -> HttpResponse:
        who = self.principal
        if request.POST.get("confirmation") != who.email:
            raise engine.Invalid("Type your e-mail address to confirm.")
        self.count_password_try()
        accounts.services.check_own_password(who, request.POST.get("password", ""), field="password")
        plan = accounts.services.plan_account_deletion(who)
        if not plan.blocked:
            catalog.services.drop_databases_of_teams(who, plan.ending)
            catalog.services.reassign_databases(who, plan.new_owners)
        accounts.services.delete_account(who)
        sessions.end(request)
        messages.success(request, "Your account and all it owned are deleted.")
        return self.go("login")
