"""Views of teams under /core/teams. Keys see no teams: to them a team does not exist."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import render, services
from accounts import serializers as shapes
from accounts.authentication import principal_of
from accounts.principal import AccountPrincipal
from accounts.services.names import teams as named_teams
from accounts.views.base import (
    BEARER,
    MANAGEMENT,
    CoreView,
    IsPerson,
    body_of,
    request_example,
    response_example,
)
from accounts.views.serializers.teams import InvitationToken, TeamName, TeamShown
from engine import NotFound

TEAM = {"id": "2", "name": "Crew", "personal": False, "role": "owner"}
TOKEN = "b4c1f0d2…"
ERRORS = {401: shapes.Detail, 403: shapes.Detail, 404: shapes.Detail, 409: shapes.Detail}
_MAX_DIGITS = 18


def manager_of(request: Request) -> AccountPrincipal:
    """Return the caller with their present teams, past the cache. Services refuse keys, as what does not exist."""
    return services.principals.with_current_teams(principal_of(request))


def number_of(text: str, *, missing: str = "Team not found.") -> int:
    """Return an id of an address as a number. Raises `NotFound` for other texts."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise NotFound(missing)
    return int(text)


class CoreTeamsView(CoreView):
    permission_classes = [IsAuthenticated, IsPerson]

    @extend_schema(
        operation_id="list_teams",
        tags=MANAGEMENT,
        auth=BEARER,
        summary="List Teams",
        description="The teams that you are in, your personal one first, with your role.",
        responses={200: TeamShown(many=True), 401: shapes.Detail, 403: shapes.Detail},
        examples=[response_example(TEAM)],
    )
    def get(self, request: Request) -> Response:
        return Response([render.team(item) for item in services.teams.list_teams(manager_of(request))])

    @extend_schema(
        operation_id="create_team",
        tags=MANAGEMENT,
        auth=BEARER,
        summary="Create Team",
        description="Create a team that you own.",
        request=TeamName,
        responses={201: TeamShown, 400: dict, 413: shapes.Detail, **ERRORS},
        examples=[request_example({"name": "Crew"}), response_example(TEAM, status=201)],
    )
    def post(self, request: Request) -> Response:
        created = named_teams.create(manager_of(request), name=body_of(request, TeamName)["name"])
        return Response(render.team(created), status=201)


class CoreTeamView(CoreView):
    @extend_schema(
        operation_id="rename_team",
        tags=MANAGEMENT,
        auth=BEARER,
        summary="Rename Team",
        description="Change the name of a team. Needs an owner.",
        request=TeamName,
        responses={200: TeamShown, 400: dict, **ERRORS},
        examples=[request_example({"name": "Crew"}), response_example(TEAM)],
    )
    def patch(self, request: Request, team_id: str) -> Response:
        caller, team = manager_of(request), number_of(team_id)
        named_teams.change(caller, team, name=body_of(request, TeamName)["name"])
        return Response(render.team(named_teams.read(caller, team)))

    @extend_schema(
        operation_id="delete_team",
        tags=MANAGEMENT,
        auth=BEARER,
        summary="Delete Team",
        description="Delete a team without databases, and its keys. Needs an owner.",
        request=None,
        responses={204: None, **ERRORS},
    )
    def delete(self, request: Request, team_id: str) -> Response:
        named_teams.delete(manager_of(request), number_of(team_id))
        return Response(status=204)


class CoreLeaveTeamView(CoreView):
    @extend_schema(
        operation_id="leave_team",
        tags=MANAGEMENT,
        auth=BEARER,
        summary="Leave Team",
        description="Leave a team. Keys that you created for it stop working. The last owner cannot leave.",
        request=None,
        responses={204: None, **ERRORS},
    )
    def post(self, request: Request, team_id: str) -> Response:
        caller = manager_of(request)
        services.teams.remove_member(caller, number_of(team_id), user_id=caller.user_id)
        return Response(status=204)


class CoreJoinTeamView(CoreView):
    permission_classes = [IsAuthenticated, IsPerson]

    @extend_schema(
        operation_id="join_team",
        tags=MANAGEMENT,
        auth=BEARER,
        summary="Join Team",
        description="Accept an invitation with the last part of the link in its mail. It works once.",
        request=InvitationToken,
        responses={200: TeamShown, 400: dict, 401: shapes.Detail, 403: shapes.Detail, 413: shapes.Detail},
        examples=[request_example({"token": TOKEN}), response_example(TEAM)],
    )
    def post(self, request: Request) -> Response:
        team = services.teams.join(manager_of(request), body_of(request, InvitationToken)["token"])
        return Response(render.team(named_teams.read(manager_of(request), team)))
