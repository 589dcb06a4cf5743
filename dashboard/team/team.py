"""The chosen team: members, roles and invitations; other teams and new teams."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

import accounts.services
import engine
from accounts.services.names import teams
from accounts.services.teams import ROLES_IN_TEAMS
from audit import services as audit
from dashboard.layout import sessions
from dashboard.layout.base import BAD_REQUEST, DashboardPage, SignInPage
from dashboard.team.team_forms import InviteForm, NewTeamForm, rename_form

_MAX_ENTRIES = 50


class TeamView(DashboardPage):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render_page()

    def render_page(
        self,
        *,
        invite: InviteForm | None = None,
        new: NewTeamForm | None = None,
        rename: NewTeamForm | None = None,
        status: int = 200,
    ) -> Any:
        principal, team = self.principal, self.principal.home_team
        role = principal.teams[team]
        may_manage = role in ("owner", "admin")
        own = next(item for item in accounts.services.teams.list_teams(principal) if item.id == team)
        context = {
            "team": own,
            "role": role,
            "may_manage": may_manage,
            "members": accounts.services.teams.list_members(principal, team),
            "invitations": accounts.services.teams.list_invitations(principal, team) if may_manage else [],
            "roles": ROLES_IN_TEAMS if role == "owner" else ROLES_IN_TEAMS[2:],
            "own_user_id": principal.user_id,
            "invite": invite or InviteForm(),
            "new": new or NewTeamForm(),
            "rename": rename or rename_form(initial={"name": own.name}),
            "shows_mail": settings.SHOWS_MAIL,
            "entries": _latest_entries(team) if role == "owner" else [],
        }
        return self.show("team.html", context, status=status)


def _latest_entries(team: int) -> list[dict[str, Any]]:
    """Return the latest entries of the audit log with the names of their actors."""
    entries, _ = audit.list_entries(team, audit.EntryFilter(), limit=_MAX_ENTRIES)
    names = accounts.services.people.actor_names({entry.actor for entry in entries})
    return [
        {"entry": entry, "name": names.get(entry.actor, entry.actor), "at": datetime.fromisoformat(entry.at)}
        for entry in entries
    ]


class AuditExportView(DashboardPage):
    """The whole audit log of the chosen team as a file, for its owners."""

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        team = self.principal.home_team
        if self.principal.teams[team] != "owner":
            raise engine.Forbidden("Only owners of a team may read its audit log.")
        headers = {"Content-Disposition": 'attachment; filename="audit.ndjson"', "Cache-Control": "no-store"}
        pieces = audit.export(team, audit.EntryFilter())
        return StreamingHttpResponse(pieces, content_type="application/x-ndjson", headers=headers)


class ChooseTeamView(DashboardPage):
    def post(self, request: HttpRequest) -> HttpResponse:
        team = own_team(self.principal, request.POST.get("team", ""))
        sessions.choose_team(request, team)
        return self.redirect("home")


class NewTeamView(TeamView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.redirect("team")

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewTeamForm(request.POST)
        if form.is_valid():
            team = accounts.services.teams.create_team(self.principal, name=form.cleaned_data["name"])
            sessions.choose_team(request, team)
            return self.redirect(
                "team", message=f"The team {form.cleaned_data['name']} is created. Invite a person."
            )
        return self.render_page(new=form, status=BAD_REQUEST)


class RenameTeamView(TeamView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.redirect("team")

    def post(self, request: HttpRequest) -> HttpResponse:
        form = rename_form(request.POST)
        if form.is_valid():
            try:
                teams.change(self.principal, self.principal.home_team, name=form.cleaned_data["name"])
            except (engine.Invalid, engine.Conflict) as error:
                form.add_errors(error)
            else:
                return self.redirect("team", message=f"The team is called {form.cleaned_data['name']} now.")
        return self.render_page(rename=form, status=BAD_REQUEST)


class InviteView(TeamView, SignInPage):
    """Invite a person. Rate limited, because it sends mail."""

    public = False
    limited = "invite"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.redirect("team")

    def submitted(self, request: HttpRequest) -> HttpResponse:
        form = InviteForm(request.POST)
        if form.is_valid():
            self.count_account(form.cleaned_data["email"])
            try:
                accounts.services.teams.invite(self.principal, self.principal.home_team, **form.cleaned_data)
            except (engine.Invalid, engine.TooLarge) as error:
                form.add_errors(error)
            else:
                return self.redirect("team", message=f"Invitation sent to {form.cleaned_data['email']}.")
        return self.render_page(invite=form, status=BAD_REQUEST)


class WithdrawInvitationView(DashboardPage):
    def post(self, request: HttpRequest, invitation_id: int) -> HttpResponse:
        accounts.services.teams.withdraw_invitation(
            self.principal, self.principal.home_team, invitation_id=invitation_id
        )
        return self.redirect("team", message="The invitation is withdrawn.")


class ChangeRoleView(DashboardPage):
    def post(self, request: HttpRequest, user_id: int) -> HttpResponse:
        role = request.POST.get("role", "")
        accounts.services.teams.change_role(self.principal, self.principal.home_team, user_id=user_id, role=role)
        return self.redirect("team", message="The role is changed.")


class RemoveMemberView(DashboardPage):
    """Remove a member, or leave the team."""

    def post(self, request: HttpRequest, user_id: int) -> HttpResponse:
        accounts.services.teams.remove_member(self.principal, self.principal.home_team, user_id=user_id)
        if user_id == self.principal.user_id:
            return self.redirect("home", message="You have left the team.")
        return self.redirect("team", message="The member is removed.")


class JoinTeamView(DashboardPage):
    """The page of an invitation link. A visitor without a session signs in or registers first."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self.show("join.html", {"offer": accounts.services.teams.offer(token)})

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        team = accounts.services.teams.join(self.principal, token)
        sessions.choose_team(request, team)
        return self.redirect("home", message="Welcome to the team.")


def own_team(principal: Any, team_id: str) -> int:
    """Return the id of a team of the user. Raises `NotFound`."""
    match = next((team for team in principal.teams if str(team) == team_id), None)
    if match is None:
        raise engine.NotFound("Team not found.")
    return match
