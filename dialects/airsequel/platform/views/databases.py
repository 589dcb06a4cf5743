"""Routes of databases: list, create, read, change, delete."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

import engine
from accounts.authentication import caller_of
from accounts.principal import AccountPrincipal, AnonymousPrincipal, Principal, VisitorPrincipal
from accounts.services.teams import list_teams
from catalog.services.access import open_database, team_of
from catalog.services.deletion import drop_database
from catalog.services.metadata.anonymous import adopt_database, creator_at
from catalog.services.metadata.attributes import DatabaseProfile, change_profile, list_profiles, read_profile
from catalog.services.metadata.databases import create_titled_database, give_database, title_error
from catalog.services.metadata.tables import declare_table
from dialects.airsequel.platform.columns import TableDraft
from dialects.airsequel.platform.operations.databases import AirsequelDatabase, DatabaseChange, NewDatabase
from dialects.airsequel.platform.rendering import created_json, database_json
from dialects.airsequel.platform.sql_script import read_script
from dialects.airsequel.views import AirsequelView, account_of, addressed, opened
from engine import Action
from engine.errors import invalid
from features.sql.slots import shared_slots
from web import throttling
from web.views import json_response


class AirsequelDatabasesView(AirsequelView):
    http_method_names = ("get", "post", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        principal = account_of(request)
        profiles, number = list_profiles(principal, limit=settings.MAX_DATABASES)
        databases = [_shown(principal, profile) for profile in profiles]
        return json_response({"databases": databases, "numberOfDatabases": number})

    def post(self, request: HttpRequest) -> HttpResponse:
        principal = creator_of(request)
        body = NewDatabase.of_body(request)
        tables = read_script(body.query)
        database_id = create_with_tables(
            principal, body.name, tables, team=body.team, attributes={"file_format": body.file_format}
        )
        return json_response(created_json(read_profile(principal, database_id)))


class AirsequelDatabaseView(AirsequelView):
    http_method_names = ("get", "patch", "delete", "options")

    def get(self, request: HttpRequest, db_id: str) -> HttpResponse:
        principal, database_id = addressed(request, db_id)
        return json_response(_shown(principal, read_profile(principal, database_id)))

    def patch(self, request: HttpRequest, db_id: str) -> HttpResponse:
        principal, database_id = addressed(request, db_id)
        open_database(principal, database_id).require(Action.DESIGN)
        body = DatabaseChange.of_body(request)
        owner = _checked_owner(request, body)
        change_profile(principal, database_id, attributes=_attributes(body))
        if owner is not None and isinstance(principal, AnonymousPrincipal):
            adopt_database(account_of(request), principal, database_id, team=owner)
        elif owner is not None:
            give_database(account_of(request), database_id, team=owner)
        return json_response({})

    def delete(self, request: HttpRequest, db_id: str) -> HttpResponse:
        database = opened(request, db_id)
        drop_database(addressed(request, db_id)[0], database.id, confirmation=database.name)
        return json_response({})


class VacuumView(AirsequelView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, db_id: str) -> HttpResponse:
        database = opened(request, db_id)
        database.require(Action.DESIGN)
        with shared_slots().of(str(team_of(*addressed(request, db_id)))):
            database.compact()
        return json_response({})


def create_with_tables(
    principal: AccountPrincipal,
    title: str,
    tables: list[TableDraft],
    *,
    team: str | None = None,
    attributes: dict[str, str] | None = None,
) -> str:
    """Create a database with tables, and return its id. `team` is the name of its owner."""
    database_id = create_titled_database(
        principal,
        title=title,
        team=None if team is None else team_id_of(principal, team, field="team"),
        collections=[table.as_collection() for table in tables],
        attributes=attributes,
    )
    for table in tables:
        declare_table(principal, database_id, table.name, columns=table.declarations, uniques=table.uniques)
        collection = open_database(principal, database_id, collection=table.name).collection(table.name)
        for names in table.declaration.keys:
            collection.indexes.make_unique_together(names)
    return database_id


def team_id_of(principal: AccountPrincipal, name: str, *, field: str) -> int:
    """Return the id of the caller's team of a name. Raises `Invalid` for a team that the caller is not in."""
    ids = [team.id for team in list_teams(principal) if team.name == name]
    if len(ids) != 1:
        text = "You are in no team of this name." if not ids else "Several of your teams have this name."
        raise engine.Invalid.of_field(field, text)
    return ids[0]


def creator_of(request: HttpRequest) -> AccountPrincipal:
    """Return who creates a database: the caller or, where that is allowed, somebody without credentials.

    Raises `Unauthenticated`, and `LimitExceeded` and `TooLarge` for too many databases of one address.
    """
    if not settings.ALLOW_ANONYMOUS_DATABASES or not isinstance(caller_of(request), VisitorPrincipal):
        return account_of(request)
    address = throttling.client_address(request)
    limit = settings.ANONYMOUS_DATABASES_PER_HOUR
    throttling.consume("anonymous databases", address, limit=limit, window=3600)
    return creator_at(address)


def _checked_owner(request: HttpRequest, body: DatabaseChange) -> int | None:
    """Return the new owner, or None. Raises `Invalid` with every error of a change."""
    errors = []
    if "name" in body.model_fields_set and (text := title_error(body.name)):
        errors.append(engine.FieldError("name", text))
    owner = None
    if "owner" in body.model_fields_set:
        try:
            owner = team_id_of(account_of(request), body.owner or "", field="owner")
        except engine.Invalid as error:
            errors += error.errors
    if errors:
        raise invalid(errors)
    return owner


def _attributes(body: DatabaseChange) -> dict[str, str | None]:
    sent = {"title": body.name and body.name.strip(), "description": body.description}
    names = {"title": "name", "description": "description"}
    return {name: value for name, value in sent.items() if names[name] in body.model_fields_set}


def _shown(principal: Principal, profile: DatabaseProfile) -> AirsequelDatabase:
    """Return a database for a caller; without READ its size is 0."""
    database = open_database(principal, profile.id)
    size = database.size().total if Action.READ in database.allowed else 0
    return database_json(profile, size=size)
