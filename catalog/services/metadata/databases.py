"""Databases with a free title in any team of the caller: creation, and another owner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

import engine
from accounts.principal import AccountPrincipal, AnonymousPrincipal
from catalog import naming
from catalog.definitions import CollectionDefinition, parse_definitions, reference_errors
from catalog.limits import limits
from catalog.models import Database, State
from catalog.services.access import open_database
from catalog.services.creation import check_may_create, check_room, make_collections, new_row, settle
from catalog.services.deletion import wait_for_cache_expiry
from catalog.services.metadata.attributes import DatabaseAttributes, DatabaseProfile, profile_of
from engine.encoding import iso_timestamp
from engine.errors import invalid

MAX_TITLE = 100
_NAMES_TRIED = 5
_NO_RIGHT = "You may not give databases to this team."


def title_error(title: object) -> str:
    """Return why a title is invalid, or an empty text."""
    if type(title) is not str:
        return "Must be a string."
    if not 1 <= len(title.strip()) <= MAX_TITLE:
        return f"Must have 1 to {MAX_TITLE} characters."
    return "Must not contain NUL." if "\0" in title else ""


def create_titled_database(
    principal: AccountPrincipal,
    *,
    title: str,
    team: int | None = None,
    collections: list[dict[str, Any]] | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> str:
    """Create a database, whose name is made from its title, and return its id. Raises `Invalid` with every error.

    Without a team it belongs to the home team.
    """
    check_may_create(principal)
    if team is not None and engine.Action.DESIGN not in principal.team_actions(team):
        raise engine.Forbidden(_NO_RIGHT)
    definitions: list[CollectionDefinition] = []
    errors: list[engine.FieldError] = []
    if collections:
        definitions, errors = parse_definitions(
            collections, limits=limits(), max_collections=settings.MAX_COLLECTIONS, fields_required=False
        )
        errors += reference_errors(definitions, ())
    if text := title_error(title):
        errors = [engine.FieldError("name", text), *errors]
    if errors:
        raise invalid(errors)
    row = _titled_row(principal, title, team, attributes or {})
    settle(row, make_collections(row, definitions))
    return row.public_id


def begin_titled_database(
    principal: AccountPrincipal, *, title: str, attributes: Mapping[str, Any]
) -> DatabaseProfile:
    """Reserve a database of the home team, which is invisible until its contents are published.

    Raises `Invalid` for a bad title.
    """
    check_may_create(principal)
    if text := title_error(title):
        raise engine.Invalid.of_field("name", text)
    with transaction.atomic():
        row = _titled_row(principal, title, None, attributes)
        row.state = State.FILLING
        row.save(update_fields=["state"])
    return profile_of(row)


def _titled_row(
    principal: AccountPrincipal, title: str, team: int | None, attributes: Mapping[str, Any]
) -> Database:
    row = _new_row(principal, naming.slug(title), team)
    stored = {"title": title.strip(), "ownership_utc": _now(), **attributes}
    if isinstance(principal, AnonymousPrincipal):
        stored["origin"] = principal.origin
        row.public, row.expires_at = True, timezone.now() + timedelta(days=settings.ANONYMOUS_DATABASE_DAYS)
    row.attributes = DatabaseAttributes.of(stored).as_dict()
    row.shared_id = naming.new_shared_id(row.name)
    row.save(update_fields=["attributes", "shared_id", "public", "expires_at"])
    return row


def share_clone(clone_id: str, *, title: str) -> str:
    """Give a new clone a title and a shared id, and return this id."""
    row = Database.objects.get(public_id=clone_id)
    attributes = DatabaseAttributes.of({**row.attributes, "title": title, "ownership_utc": _now()})
    shared_id = naming.new_shared_id(row.name)
    Database.objects.filter(pk=row.pk).update(attributes=attributes.as_dict(), shared_id=shared_id)
    return shared_id


def give_database(principal: AccountPrincipal, database_id: str, *, team: int) -> None:
    """Give a database to another team of the principal. Needs `own` in both; waits for the caches of processes.

    Raises `Conflict` if the team has a database of that name.
    """
    database = open_database(principal, database_id)
    database.require(engine.Action.OWN)
    if engine.Action.OWN not in principal.team_actions(team):
        raise engine.Forbidden(_NO_RIGHT)
    try:
        with transaction.atomic():
            row = Database.objects.select_for_update().get(public_id=database.id)
            if row.team_id == team:
                return
            check_room(team)
            row.team_id = team
            row.attributes = {**row.attributes, "ownership_utc": _now()}
            row.save(update_fields=["team", "attributes", "changed_at"])
    except IntegrityError as error:
        raise engine.Conflict(f"The team has a database named {database.name!r} already.") from error
    wait_for_cache_expiry(database.id)


def _new_row(principal: AccountPrincipal, name: str, team: int | None) -> Database:
    """Create the row under the name or, where it is taken or reserved, under the name with a suffix."""
    names = [name, *(naming.with_suffix(name) for _ in range(_NAMES_TRIED))]
    for candidate in names[int(name in naming.RESERVED_DATABASES) : -1]:
        try:
            return new_row(principal, candidate, field="name", team=team)
        except engine.Invalid:
            continue
    return new_row(principal, names[-1], field="name", team=team)


def _now() -> str:
    return str(iso_timestamp(datetime.now(UTC)))


def list_stored() -> list[tuple[str, str]]:
    """Return the cluster and the name in MongoDB of the databases of all tenants."""
    return [*Database.objects.order_by("id").values_list("cluster", "physical")]
