"""Routes of teams and their members."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse

import accounts.services
from accounts.principal import AccountPrincipal
from accounts.services.names import teams
from accounts.services.names.teams import NamedTeam
from catalog.services.metadata.attributes import DatabaseProfile, list_profiles
from dialects.airsequel.people.operations.teams import MemberInvitation, NewTeam, RolesRequest, TeamChange
from dialects.airsequel.people.rendering import member_json, team_json
from dialects.airsequel.people.roles import stored_role
from dialects.airsequel.people.views.base import body_of, manager_of, person_of
from dialects.airsequel.views import AirsequelView
from web.views import json_response


class TeamsView(AirsequelView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        caller = person_of(request)
        created = teams.create(caller, name=body_of(request, NewTeam).name)
        return json_response(team_json(created, []))


class NamedTeamView(AirsequelView):
    http_method_names = ("get", "patch", "delete", "options")

    def get(self, request: HttpRequest, team_name: str) -> HttpResponse:
        caller = manager_of(request)
        return _shown(caller, teams.find(caller, team_name))

    def patch(self, request: HttpRequest, team_name: str) -> HttpResponse:
        caller = manager_of(request)
        team = teams.find(caller, team_name)
        change = body_of(request, TeamChange)
        teams.change(caller, team.id, name=change.name, billing=change.billing)
        return _shown(caller, teams.read(caller, team.id))

    def delete(self, request: HttpRequest, team_name: str) -> HttpResponse:
        caller = manager_of(request)
        teams.delete(caller, teams.find(caller, team_name).id)
        return json_response({})


class MembersView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, team_name: str) -> HttpResponse:
        caller = manager_of(request)
        members = accounts.services.teams.list_members(caller, teams.find(caller, team_name).id)
        return json_response({"members": [member_json(member) for member in members]})


class InviteMemberView(AirsequelView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, team_name: str) -> HttpResponse:
        caller = manager_of(request)
        team = teams.find(caller, team_name)
        body = body_of(request, MemberInvitation)
        accounts.services.teams.invite(caller, team.id, email=body.email, role=stored_role(body.roles))
        return json_response({})


class MemberView(AirsequelView):
    http_method_names = ("patch", "delete", "options")

    def patch(self, request: HttpRequest, team_name: str, username: str) -> HttpResponse:
        caller = manager_of(request)
        team = teams.find(caller, team_name)
        member = teams.member(caller, team.id, username)
        role = stored_role(body_of(request, RolesRequest).roles, present=member.role)
        accounts.services.teams.change_role(caller, team.id, user_id=member.user_id, role=role)
        return json_response({})

    def delete(self, request: HttpRequest, team_name: str, username: str) -> HttpResponse:
        caller = manager_of(request)
        team = teams.find(caller, team_name)
        member = teams.member(caller, team.id, username)
        accounts.services.teams.remove_member(caller, team.id, user_id=member.user_id)
        return json_response({})


def databases_of(caller: AccountPrincipal, team_id: int) -> list[DatabaseProfile]:
    """Return the databases of one of the caller's teams."""
    in_team = replace(caller, home_team=team_id, teams={team_id: caller.teams[team_id]})
    return list_profiles(in_team, limit=settings.MAX_DATABASES)[0]


def _shown(caller: AccountPrincipal, team: NamedTeam) -> HttpResponse:
    return json_response(team_json(team, databases_of(caller, team.id)))
