"""Routes of API tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

import engine
from accounts.principal import AccountPrincipal
from accounts.services.bearer import api_tokens
from accounts.services.bearer.api_tokens import ApiToken
from accounts.services.names import teams
from catalog.services.metadata.attributes import DatabaseProfile
from dialects.airsequel.people.operations.tokens import TokenChange, TokenRequest
from dialects.airsequel.people.rendering import token_json
from dialects.airsequel.people.roles import actions_of
from dialects.airsequel.people.views.base import body_of, manager_of
from dialects.airsequel.people.views.teams import databases_of
from dialects.airsequel.views import AirsequelView
from engine import Action, FieldError
from web.views import json_response

_UNKNOWN = "Database not found in the team."
_OTHER_TEAM = "A token stays in its team: create another one for another team."


class TeamTokensView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, team_name: str) -> HttpResponse:
        caller = manager_of(request)
        team = teams.find(caller, team_name)
        tokens = api_tokens.list_tokens(caller, team.id)
        databases = _by_id(databases_of(caller, team.id))
        return json_response({"tokens": [token_json(token, databases) for token in tokens]})


class TokensView(AirsequelView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        caller = manager_of(request)
        body = body_of(request, TokenRequest)
        team = teams.find(caller, body.team_name)
        profiles = databases_of(caller, team.id)
        token = api_tokens.create(
            caller,
            team.id,
            name=body.name,
            description=body.description,
            grants=_grants(body.permissions, profiles),
            expires_at=body.expiration_utc,
        )
        return json_response(token_json(token, _by_id(profiles)))


class TokenView(AirsequelView):
    http_method_names = ("get", "patch", "delete", "options")

    def get(self, request: HttpRequest, token_id: str) -> HttpResponse:
        caller = manager_of(request)
        return _shown(caller, api_tokens.read(caller, token_id))

    def patch(self, request: HttpRequest, token_id: str) -> HttpResponse:
        caller = manager_of(request)
        token = api_tokens.read(caller, token_id)
        body = body_of(request, TokenChange)
        changes: dict[str, Any] = {"name": body.name}
        if body.team_name is not None and teams.find(caller, body.team_name).id != token.team_id:
            raise engine.Invalid.of_field("team_name", _OTHER_TEAM)
        if "description" in body.model_fields_set:
            changes["description"] = body.description
        if "expiration_utc" in body.model_fields_set:
            changes["expires_at"] = body.expiration_utc
        if body.permissions is not None:
            changes["grants"] = _grants(body.permissions, databases_of(caller, token.team_id))
        return _shown(caller, api_tokens.change(caller, token_id, **changes))

    def delete(self, request: HttpRequest, token_id: str) -> HttpResponse:
        api_tokens.revoke(manager_of(request), token_id)
        return json_response({})


def _grants(
    permissions: Sequence[tuple[str, str]], profiles: Sequence[DatabaseProfile]
) -> Mapping[str, frozenset[Action]]:
    """Return the actions by the id of a database in the catalog. Raises `Invalid` for other databases."""
    ids = {profile.shared_id: profile.id for profile in profiles}
    errors = [
        FieldError(f"permissions.{index}.db_id", _UNKNOWN)
        for index, (shared_id, _) in enumerate(permissions)
        if shared_id not in ids
    ]
    if errors:
        raise engine.Invalid("The request is not valid.", errors=errors)
    names: dict[str, list[str]] = {}
    for shared_id, name in permissions:
        names.setdefault(ids[shared_id], []).append(name)
    return {database_id: actions_of(granted) for database_id, granted in names.items()}


def _shown(caller: AccountPrincipal, token: ApiToken) -> HttpResponse:
    return json_response(token_json(token, _by_id(databases_of(caller, token.team_id))))


def _by_id(profiles: Sequence[DatabaseProfile]) -> dict[str, DatabaseProfile]:
    return {profile.id: profile for profile in profiles}
