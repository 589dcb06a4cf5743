"""The chosen team: its members, their roles and who is invited; other teams, and new ones."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

import accounts.services
import engine
from accounts.services import ROLES_IN_TEAMS
from dashboard.layout import sessions
from dashboard.layout.base import FAULTY, Page, SignInPage
from dashboard.team.team_forms import InviteForm, NewTeamForm


class Team(Page):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown()

    def shown(self, *, invite: InviteForm | None = None, new: NewTeamForm | None = None, status: int = 200) -> Any:
        who, team = self.principal, self.principal.home_team
        role = who.teams[team]
        manages = role in ("owner", "admin")
        context = {
            "own": next(item for item in accounts.services.list_teams(who) if item.id == team),
            "role": role,
            "manages": manages,
            "members": accounts.services.list_members(who, team),
            "invitations": accounts.services.list_invitations(who, team) if manages else [],
            "roles": ROLES_IN_TEAMS if role == "owner" else ROLES_IN_TEAMS[2:],
            "me": who.user_id,
            "invite": invite or InviteForm(),
            "new": new or NewTeamForm(),
            "shows_mail": settings.SHOWS_MAIL,
        }
        return self.show("team.html", context, status=status)


class Choose(Page):
    def post(self, request: HttpRequest) -> HttpResponse:
        team = own_team(self.principal, request.POST.get("team", ""))
        sessions.choose_team(request, team)
        return self.go("home")


class NewTeam(Team):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.go("team")

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewTeamForm(request.POST)
        if form.is_valid():
            team = accounts.services.create_team(self.principal, name=form.cleaned_data["name"])
            sessions.choose_team(request, team)
            return self.go("team", say=f"The team {form.cleaned_data['name']} is created. Invite a person.")
        return self.shown(new=form, status=FAULTY)


class Invite(Team, SignInPage):
    """Counted, because it sends mail."""

    public = False
    limited = "invite"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.go("team")

    def submitted(self, request: HttpRequest) -> HttpResponse:
        form = InviteForm(request.POST)
        if form.is_valid():
            self.count_account(form.cleaned_data["email"])
            try:
                accounts.services.invite(self.principal, self.principal.home_team, **form.cleaned_data)
            except (engine.Invalid, engine.TooLarge) as problem:
                form.take(problem)
            else:
                return self.go("team", say=f"Invitation sent to {form.cleaned_data['email']}.")
        return self.shown(invite=form, status=FAULTY)


class Withdraw(Page):
    def post(self, request: HttpRequest, invitation_id: int) -> HttpResponse:
        accounts.services.withdraw_invitation(self.principal, self.principal.home_team, invitation_id=invitation_id)
        return self.go("team", say="The invitation is withdrawn.")


class ChangeRole(Page):
    def post(self, request: HttpRequest, user_id: int) -> HttpResponse:
        role = request.POST.get("role", "")
        accounts.services.change_role(self.principal, self.principal.home_team, user_id=user_id, role=role)
        return self.go("team", say="The role is changed.")


class Remove(Page):
    """Somebody else, or oneself."""

    def post(self, request: HttpRequest, user_id: int) -> HttpResponse:
        accounts.services.remove_member(self.principal, self.principal.home_team, user_id=user_id)
        if user_id == self.principal.user_id:
            return self.go("home", say="You have left the team.")
        return self.go("team", say="The member is removed.")


class Join(Page):
    """Page of an invitation's link. A visitor without a session passes log-in or registration first."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self.show("join.html", {"offer": accounts.services.offer(token)})

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        team = accounts.services.join(self.principal, token)
        sessions.choose_team(request, team)
        return self.go("home", say="Welcome to the team.")


def own_team(principal: Any, given: str) -> int:
    found = next((team for team in principal.teams if str(team) == given), None)
    if found is None:
        raise engine.NotFound("Team not found.")
    return found
