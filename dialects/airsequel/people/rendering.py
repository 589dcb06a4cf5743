"""JSON forms of teams, people and tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from accounts.services.bearer.api_tokens import ApiToken
from accounts.services.names.teams import NamedTeam
from accounts.services.teams import Member
from catalog.services.metadata.attributes import DatabaseProfile
from dialects.airsequel.people.operations.teams import AirsequelTeam, TeamDatabase, TeamMember
from dialects.airsequel.people.operations.tokens import AirsequelToken, TokenPermission
from dialects.airsequel.people.operations.users import Billing, TeamSummary
from dialects.airsequel.people.roles import permission_names, role_name
from dialects.airsequel.platform.rendering import timestamp


def summaries(teams: Iterable[NamedTeam], numbers: Mapping[int, int]) -> list[TeamSummary]:
    """Return teams with their numbers of databases, by the id of a team."""
    return [
        {"billing": _billing(team), "name": team.name, "numberOfDatabases": numbers.get(team.id, 0)}
        for team in teams
    ]


def team_json(team: NamedTeam, databases: Sequence[DatabaseProfile]) -> AirsequelTeam:
    return {
        "billing": _billing(team),
        "created_utc": timestamp(team.created_at),
        "databases": [_database(profile) for profile in databases],
        "name": team.name,
    }


def member_json(member: Member) -> TeamMember:
    return {"roles": [role_name(member.role)], "username": member.username}


def token_json(token: ApiToken, databases: Mapping[str, DatabaseProfile]) -> AirsequelToken:
    """Return a token. Permissions for databases that are not in `databases`, as deleted ones, are left out."""
    return {
        "body": token.text or f"{token.prefix}…",
        "created_utc": timestamp(token.created_at),
        "description": token.description,
        "expiration_utc": None if token.expires_at is None else timestamp(token.expires_at),
        "id": token.id,
        "name": token.name,
        "permissions": _permissions(token, databases),
    }


def _permissions(token: ApiToken, databases: Mapping[str, DatabaseProfile]) -> list[TokenPermission]:
    granted = [(databases[name], actions) for name, actions in token.grants.items() if name in databases]
    return [
        {"db_id": profile.shared_id, "db_name": profile.name, "name": name}
        for profile, actions in sorted(granted, key=lambda item: (item[0].name, item[0].id))
        for name in permission_names(actions)
    ]


def _database(profile: DatabaseProfile) -> TeamDatabase:
    return {
        "environment": profile.attributes.environment,
        "id": profile.shared_id,
        "name": profile.name,
        "ownership_utc": profile.attributes.ownership_utc or timestamp(profile.created_at),
        "visibility": "public" if profile.public else "private",
    }


def _billing(team: NamedTeam) -> Billing | None:
    if team.billing is None:
        return None
    return {
        "email_address": team.billing.get("email_address"),
        "plan": team.billing.get("plan"),
        "subscription_id": team.billing.get("subscription_id"),
    }
