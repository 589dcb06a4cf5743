"""The operations of API tokens."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from dialects.airsequel.people.operations.types import Line, Name, Permissions, ThreeStateTime
from dialects.airsequel.shapes import PERSON, operation
from dialects.airsequel.three_state import ThreeStateText
from web.operations import RequestModel

_TOKEN = "/api/tokens/{token_id}"
_VARIABLES = {"token_id": "The id of a token.", "team_name": "The name of a team."}
_DATABASE = "01h3enjs4aa42a737wpmb31d0f"
_DESCRIPTION = "Allows cool app to access GraphQL API"


class TokenRequest(RequestModel):
    name: Name = Field(examples=["Token for cool app"])
    description: ThreeStateText = Field(default=None, examples=[_DESCRIPTION])
    expiration_utc: ThreeStateTime = Field(
        default=None, description="A time, or null for a token that does not expire.", examples=[None]
    )
    permissions: Permissions = Field(
        description="`read`, `insert` or `write`, which includes `insert`, by database; several for one add up.",
        examples=[[{"db_id": _DATABASE, "name": "read"}]],
    )
    team_name: Line = Field(description="The team that owns the databases.", examples=["cool-team"])


class TokenChange(RequestModel):
    """Members that are absent stay."""

    name: Name | None = Field(default=None, examples=["Token for cool app"])
    description: ThreeStateText = Field(default=None, examples=[_DESCRIPTION])
    expiration_utc: ThreeStateTime = Field(default=None, examples=[None])
    permissions: Permissions | None = Field(default=None, examples=[[{"db_id": _DATABASE, "name": "write"}]])
    team_name: Line | None = Field(default=None, description="The team that has the token.", examples=["cool-team"])


class TokenPermission(TypedDict):
    db_id: Annotated[str, Field(examples=[_DATABASE])]
    db_name: Annotated[str, Field(examples=["cool-app-database"])]
    name: Annotated[str, Field(examples=["read"])]


class AirsequelToken(TypedDict):
    """A token; `body` is whole in the answer that creates it, and shortened afterwards."""

    body: Annotated[str, Field(examples=["ast_BKPda5Dx…"])]
    created_utc: Annotated[str, Field(examples=["2023-06-21T09:44:42.000Z"])]
    description: Annotated[str | None, Field(examples=[_DESCRIPTION])]
    expiration_utc: str | None
    id: Annotated[int, Field(examples=[1])]
    name: Annotated[str, Field(examples=["Token for cool app"])]
    permissions: list[TokenPermission]


class AirsequelTokens(TypedDict):
    tokens: list[AirsequelToken]


_token = partial(operation, security=PERSON, variables=_VARIABLES)
OPERATIONS = (
    _token(
        "get",
        "/api/teams/{team_name}/tokens",
        "list_tokens",
        "List the Tokens of a Team",
        "Newest first. For admins of the team.",
        answer=AirsequelTokens,
    ),
    _token(
        "post",
        "/api/tokens",
        "create_token",
        "Create a Token",
        "Create a token of a team for some of its databases. Its text is in this answer alone.",
        body=TokenRequest,
        answer=AirsequelToken,
    ),
    _token("get", _TOKEN, "read_token", "Read a Token", "One token.", answer=AirsequelToken),
    _token(
        "patch",
        _TOKEN,
        "change_token",
        "Change a Token",
        "Change its name, description, expiry or permissions; its text stays.",
        body=TokenChange,
        answer=AirsequelToken,
    ),
    _token("delete", _TOKEN, "revoke_token", "Revoke a Token", "Revoke it for ever."),
)
