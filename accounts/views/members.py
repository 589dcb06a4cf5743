"""Views of the members and invitations of a team under /core/teams/{team_id}."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import render, services
from accounts import serializers as shapes
from accounts.views.base import (
    BEARER,
    MANAGEMENT,
    CoreView,
    LimitedView,
    body_of,
    request_example,
    response_example,
)
from accounts.views.serializers.teams import InvitationShown, MemberShown, NewInvitation, RoleChange
from accounts.views.teams import ERRORS, manager_of, number_of

MEMBER = {"user_id": "1", "email": "developer@example.com", "name": "Alex Dev", "role": "editor"}
INVITATION = {
    "id": "1",
    "email": "colleague@example.com",
    "role": "editor",
    "invited_by": "developer@example.com",
    "expires_at": "2025-02-07T12:00:00Z",
}
_NO_MEMBER = "Member not found."
_NO_INVITATION = "Invitation not found."


class CoreMembersView(CoreView):
    @extend_schema(
        operation_id="list_members",
        tags=MANAGEMENT,
        auth=BEARER,
        summary="List Members",
        description="The members of a team, owners first.",
        responses={200: MemberShown(many=True), 401: shapes.Detail, 404: shapes.Detail},
        examples=[response_example(MEMBER)],
    )
    def get(self, request: Request, team_id: str) -> Response:
        members = services.teams.list_members(manager_of(request), number_of(team_id))
        return Response([render.member(item) for item in members])


class CoreMemberView(CoreView):
    @extend_schema(
        operation_id="change_member",
        tags=MANAGEMENT,
        auth=BEARER,
        summary="Change Role",
        description="Change the role of a member. Admins change editors and viewers, owners everybody.",
        request=RoleChange,
        responses={204: None, 400: dict, **ERRORS},
        examples=[request_example({"role": "admin"})],
    )
    def patch(self, request: Request, team_id: str, user_id: str) -> Response:
        team, member = number_of(team_id), number_of(user_id, missing=_NO_MEMBER)
        role = body_of(request, RoleChange)["role"]
        services.teams.change_role(manager_of(request), team, user_id=member, role=role)
        return Response(status=204)

    @extend_schema(
        operation_id="remove_member",
        tags=MANAGEMENT,
        auth=BEARER,
        summary="Remove Member",
        description="Remove a member, whose access and keys of the team end within two seconds.",
        request=None,
        responses={204: None, **ERRORS},
    )
    def delete(self, request: Request, team_id: str, user_id: str) -> Response:
        team, member = number_of(team_id), number_of(user_id, missing=_NO_MEMBER)
        services.teams.remove_member(manager_of(request), team, user_id=member)
        return Response(status=204)


class CoreInvitationsView(LimitedView):
    """Invitations. POST is rate limited, because it sends mail."""

    limited = "invite"

    @extend_schema(
        operation_id="list_invitations",
        tags=MANAGEMENT,
        auth=BEARER,
        summary="List Invitations",
        description="The invitations that can be accepted. Needs an owner or admin.",
        responses={200: InvitationShown(many=True), 401: shapes.Detail, 403: shapes.Detail, 404: shapes.Detail},
        examples=[response_example(INVITATION)],
    )
    def get(self, request: Request, team_id: str) -> Response:
        rows = services.teams.list_invitations(manager_of(request), number_of(team_id))
        return Response([render.invitation(item) for item in rows])

    @extend_schema(
        operation_id="invite_member",
        tags=MANAGEMENT,
        auth=BEARER,
        summary="Invite",
        description="Mail a link to join the team, once. It replaces an older invitation to the address.",
        request=NewInvitation,
        responses={201: shapes.MessageSerializer, 400: dict, 413: shapes.Detail, 429: shapes.Detail, **ERRORS},
        examples=[
            request_example({"email": "colleague@example.com", "role": "editor"}),
            response_example({"message": "Invitation sent to colleague@example.com."}, status=201),
        ],
    )
    def post(self, request: Request, team_id: str) -> Response:
        body = body_of(request, NewInvitation)
        self.count_account(body["email"])
        services.teams.invite(manager_of(request), number_of(team_id), **body)
        return Response({"message": f"Invitation sent to {body['email']}."}, status=201)


class CoreInvitationView(CoreView):
    @extend_schema(
        operation_id="withdraw_invitation",
        tags=MANAGEMENT,
        auth=BEARER,
        summary="Withdraw Invitation",
        description="Delete an invitation, whose link then does not work any more. Needs an owner or admin.",
        request=None,
        responses={204: None, 401: shapes.Detail, 403: shapes.Detail, 404: shapes.Detail},
    )
    def delete(self, request: Request, team_id: str, invitation_id: str) -> Response:
        team, invitation = number_of(team_id), number_of(invitation_id, missing=_NO_INVITATION)
        services.teams.withdraw_invitation(manager_of(request), team, invitation_id=invitation)
        return Response(status=204)
