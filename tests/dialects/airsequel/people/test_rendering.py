"""JSON forms of teams, members and tokens."""

from __future__ import annotations

from datetime import UTC, datetime

from accounts.services.bearer.api_tokens import ApiToken
from accounts.services.names.teams import NamedTeam
from accounts.services.teams import Member
from dialects.airsequel.people.rendering import member_json, summaries, team_json, token_json
from engine import Action

AT = datetime(2023, 5, 30, 13, 30, 15, 467_000, tzinfo=UTC)
TEAM = NamedTeam(7, "good-corp", False, "owner", AT, {"plan": "pro"})
BILLING = {"email_address": None, "plan": "pro", "subscription_id": None}


def test_a_team() -> None:
    shown = {"billing": BILLING, "created_utc": "2023-05-30T13:30:15.467Z", "databases": [], "name": "good-corp"}
    assert team_json(TEAM, []) == shown
    assert summaries([TEAM], {8: 1}) == [{"billing": BILLING, "name": "good-corp", "numberOfDatabases": 0}]
    assert summaries([TEAM], {7: 3})[0]["numberOfDatabases"] == 3


def test_a_member() -> None:
    member = Member(user_id=1, email="a@example.com", name="", role="admin", username="joe")
    assert member_json(member) == {"roles": ["Admin"], "username": "joe"}


def test_a_token_hides_its_text_and_deleted_databases() -> None:
    grants = {"0" * 24: frozenset({Action.READ})}
    token = ApiToken(1, "app", None, "ast_BKPda5Dx", 7, grants, AT, None)
    shown = token_json(token, {})
    assert (shown["body"], shown["permissions"], shown["expiration_utc"]) == ("ast_BKPda5Dx…", [], None)
