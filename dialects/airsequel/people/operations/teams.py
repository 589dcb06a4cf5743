"""The operations of teams and their members."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from dialects.airsequel.people.operations.types import BillingNumber, BillingText, Email, Name, Roles
from dialects.airsequel.people.operations.users import Billing
from dialects.airsequel.shapes import PERSON, operation
from web.operations import RequestModel

_TEAM, _MEMBER = "/api/teams/{team_name}", "/api/teams/{team_name}/members/{username}"
_VARIABLES = {
    "team_name": "The name of one of the caller's teams, or its id if several have the name.",
    "username": "The username of a member.",
}


class NewTeam(RequestModel):
    name: Name = Field(examples=["good-corp"])


class TeamChange(RequestModel):
    """Members that are absent stay. The billing is for administrators of the installation."""

    name: Name | None = Field(default=None, examples=["New Team Name"])
    billing_email_address: BillingText = Field(default=None, examples=["john@example.com"])
    billing_plan: BillingText = Field(default=None, examples=["pro"])
    billing_subscription_id: BillingNumber = Field(default=None, examples=[1234567890])

    @property
    def billing(self) -> dict[str, Any]:
        """Return the members of the billing that the request has."""
        values = {
            "email_address": self.billing_email_address,
            "plan": self.billing_plan,
            "subscription_id": self.billing_subscription_id,
        }
        return {name: value for name, value in values.items() if f"billing_{name}" in self.model_fields_set}


class RolesRequest(RequestModel):
    roles: Roles = Field(description="The highest one counts.", examples=[["Admin", "Editor"]])


class MemberInvitation(RequestModel):
    email: Email = Field(examples=["joe@example.com"])
    roles: Roles = Field(examples=[["Editor"]])


class TeamDatabase(TypedDict):
    environment: Annotated[str | None, Field(examples=["Testing"])]
    id: Annotated[str, Field(examples=["01h2v1ask448h1wdaqdwvd90v9"])]
    name: Annotated[str, Field(examples=["App Database"])]
    ownership_utc: Annotated[str, Field(examples=["2023-05-30T13:32:46.788Z"])]
    visibility: Annotated[str, Field(examples=["private"])]


class AirsequelTeam(TypedDict):
    billing: Billing | None
    created_utc: Annotated[str, Field(examples=["2023-05-30T13:30:15.467Z"])]
    databases: list[TeamDatabase]
    name: Annotated[str, Field(examples=["good-corp"])]


class TeamMember(TypedDict):
    roles: Annotated[list[str], Field(examples=[["Admin"]])]
    username: Annotated[str, Field(examples=["john"])]


class TeamMembers(TypedDict):
    members: list[TeamMember]


_team = partial(operation, security=PERSON, variables=_VARIABLES)
OPERATIONS = (
    _team(
        "post",
        "/api/teams",
        "create_team",
        "Create a Team",
        "The caller becomes its admin. Names are unique among the teams of a person.",
        body=NewTeam,
        answer=AirsequelTeam,
        errors={"409": "One of the caller's teams has the name."},
    ),
    _team("get", _TEAM, "read_team", "Read a Team", "A team, and its databases.", answer=AirsequelTeam),
    _team(
        "patch",
        _TEAM,
        "change_team",
        "Change a Team",
        "Rename it, or change its billing. Tokens and databases stay.",
        body=TeamChange,
        answer=AirsequelTeam,
        errors={"409": "One of the caller's teams has the name."},
    ),
    _team(
        "delete",
        _TEAM,
        "delete_team",
        "Delete a Team",
        "Delete a team and its tokens.",
        errors={"409": "The team owns databases, or is a personal team."},
    ),
    _team(
        "get",
        f"{_TEAM}/members",
        "list_members",
        "List the Members of a Team",
        "Admins first.",
        answer=TeamMembers,
    ),
    _team(
        "post",
        f"{_TEAM}/members/invite",
        "invite_member",
        "Invite a Person to a Team",
        "Mail a link to join the team, which works once.",
        body=MemberInvitation,
    ),
    _team(
        "patch",
        _MEMBER,
        "change_member",
        "Change the Roles of a Member",
        "For admins.",
        body=RolesRequest,
        errors={"409": "The team would have no admin."},
    ),
    _team(
        "delete",
        _MEMBER,
        "remove_member",
        "Remove a Member",
        "For admins, and for oneself. The member's tokens of the team stop working.",
        errors={"409": "The team would have no admin."},
    ),
)
