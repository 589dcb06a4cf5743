"""Creation of databases and collections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

import engine
from accounts.principal import AccountPrincipal, Principal
from accounts.restrictions.limits import quota_reached, team_limit
from accounts.services.quotas import team_limits
from audit import services as audit
from catalog import naming
from catalog.definitions import CollectionDefinition, parse_definitions, reference_errors
from catalog.limits import limits, refuse_moving
from catalog.locking import check_unlocked
from catalog.models import Collection, Database, State
from catalog.services.access import invalidate, open_database, spec_of
from catalog.services.stores.clusters import of_new_databases, store
from engine.context import PLANNED
from engine.errors import invalid
from engine.jobs import make_storage
from engine.suspension import blocking

NAME_TAKEN = "A database with this name already exists for your account."
UNVERIFIED = "Verify your e-mail address before you create a database."
FULL = "A database has at most {} collections (MAX_COLLECTIONS)."
_UNOWNED_FULL = "A database without an owner has at most {} tables (ANONYMOUS_MAX_TABLES)."


@dataclass(frozen=True)
class CollectionResult:
    """Result for one requested collection; `existed` means that it was not created."""

    name: str
    existed: bool


def create_database(
    principal: AccountPrincipal, *, name: Any, collections: Any
) -> tuple[engine.Database, list[CollectionResult]]:
    """Create a database of the principal's team with collections. Raises `Invalid` with every error."""
    check_may_create(principal)
    definitions, errors = parse_definitions(collections, limits=limits(), max_collections=settings.MAX_COLLECTIONS)
    errors += reference_errors(definitions, ())
    lowered = name.lower() if type(name) is str else name
    if text := naming.name_error(lowered, reserved=naming.RESERVED_DATABASES):
        errors = [engine.FieldError("db_name", text), *errors]
    if errors:
        raise invalid(errors)
    row = new_row(principal, lowered)
    settle(row, make_collections(row, definitions))
    results = [CollectionResult(definition.name, existed=False) for definition in definitions]
    return open_database(principal, row.public_id), results


def create_empty_database(principal: AccountPrincipal, *, name: Any) -> engine.Database:
    """Create a database of the principal's team without collections. Raises `Invalid` for a bad name."""
    check_may_create(principal)
    lowered = name.lower() if type(name) is str else name
    if text := naming.name_error(lowered, reserved=naming.RESERVED_DATABASES):
        raise engine.Invalid.of_field("db_name", text)
    row = new_row(principal, lowered)
    settle(row, [])
    return open_database(principal, row.public_id)


def check_may_create(principal: AccountPrincipal) -> None:
    """Raise `Forbidden` unless the principal may create databases."""
    if not principal.may_create_databases():
        raise engine.Forbidden("This credential may not create databases.")
    if settings.REQUIRE_VERIFIED_EMAIL and not principal.verified:
        raise engine.Forbidden(UNVERIFIED)


def add_collections(
    principal: Principal, database_id: str, *, collections: Any, fields_required: bool = True
) -> list[CollectionResult]:
    """Create the collections that do not exist yet. Needs `design`; raises `Invalid` with every error."""
    database = open_database(principal, database_id)
    database.require(engine.Action.DESIGN)
    definitions, errors = parse_definitions(
        collections, limits=limits(), max_collections=settings.MAX_COLLECTIONS, fields_required=fields_required
    )
    row = Database.objects.get(public_id=database.id)
    check_unlocked(row)
    present = set(row.collections.filter(state=State.READY).values_list("name", flat=True))
    errors += reference_errors(definitions, present)
    if errors:
        raise invalid(errors)
    missing = [definition for definition in definitions if definition.name not in present]
    collections = make_collections(row, missing)
    with transaction.atomic():
        settle(row, collections)
        for item in missing:
            audit_database("collection.create", principal, row, target=item.name)
    return [CollectionResult(definition.name, existed=definition.name in present) for definition in definitions]


def audit_database(action: str, principal: Principal, row: Database, **members: Any) -> None:
    """Add an entry about a database to the audit log of its team."""
    audit.record(action, actor=principal.actor, team=row.team_id, database=row.public_id, **members)


@blocking
def ensure_collections(database: engine.Database, collections: Sequence[Any]) -> None:
    """Create missing collections of the service itself. Does not need `design`."""
    unknown = [item for item in collections if item["name"] not in database.specs]
    row = Database.objects.filter(public_id=database.id, state=State.READY).first() if unknown else None
    if row is None:
        return
    present = set(row.collections.exclude(state=State.DROPPING).values_list("name", flat=True))
    missing = [item for item in unknown if item["name"] not in present]
    if not missing:
        return
    definitions, errors = parse_definitions(missing, limits=limits(), max_collections=settings.MAX_COLLECTIONS)
    if errors:
        raise invalid(errors)
    settle(row, make_collections(row, definitions))


def planned_specs(collections: Sequence[Any]) -> dict[str, engine.CollectionSpec]:
    """Return the specifications that `ensure_collections` would create; reads of them are empty."""
    definitions, _ = parse_definitions(collections, limits=limits(), max_collections=settings.MAX_COLLECTIONS)
    return {
        item.name: engine.CollectionSpec(item.name, PLANNED, item.schema, history=False) for item in definitions
    }


def make_collections(
    row: Database, definitions: Sequence[CollectionDefinition], *, state: State = State.CREATING, filler: str = ""
) -> list[Collection]:
    """Create invisible rows and their storage. On an error the rows are left to `sweep`."""
    rows = _new_collection_rows(row, definitions, state=state, filler=filler)
    try:
        make_storage(store(row.cluster), row.physical, [spec_of(item) for item in rows])
    except engine.Error:
        _abandon(row, rows)
        raise
    return rows


def settle(row: Database, collections: Sequence[Collection]) -> None:
    """Make a database and its created collections visible."""
    with transaction.atomic():
        now = timezone.now()
        row.collections.filter(pk__in=[item.pk for item in collections]).update(state=State.READY, changed_at=now)
        unseen = Database.objects.filter(pk=row.pk, state__in=(State.CREATING, State.FILLING))
        unseen.update(state=State.READY, changed_at=now)
    invalidate(row.public_id)


def new_row(principal: AccountPrincipal, name: str, *, field: str = "db_name", team: int | None = None) -> Database:
    """Create the invisible row of a database, of the home team by default. `field` is its parameter in errors.

    Raises `Invalid` for a taken name, and what `check_room` raises.
    """
    team = principal.home_team if team is None else team
    try:
        with transaction.atomic():
            check_room(team)
            row = Database.objects.create(
                public_id=naming.new_id(),
                team_id=team,
                created_by_id=principal.user_id or None,
                name=name,
                physical=naming.physical_database(name),
                cluster=of_new_databases(),
            )
            audit.record("database.create", actor=principal.actor, team=team, target=name, database=row.public_id)
            return row
    except IntegrityError as error:
        raise engine.Invalid.of_field(field, NAME_TAKEN) from error


def check_room(team: int) -> None:
    """Raise `Forbidden` at the quota that is set for a team, and `TooLarge` at MAX_DATABASES."""
    own = team_limits.own_limits(team)
    used = Database.objects.filter(team_id=team).exclude(state=State.DROPPING).count()
    limit = team_limit(own, "databases") or 0
    if used >= limit and "databases" in own:
        raise engine.Forbidden(quota_reached("databases", used=used, limit=limit))
    if used >= limit:
        raise engine.TooLarge(f"An account has at most {limit} databases (MAX_DATABASES).")


def _check_collections(row: Database, used: int, added: int) -> None:
    own = {} if row.team_id is None else team_limits.own_limits(row.team_id)
    limit = team_limit(own, "collections") or 0
    if used + added <= limit:
        return
    if "collections" in own:
        raise engine.Forbidden(quota_reached("collections", used=used, limit=limit))
    raise engine.TooLarge(FULL.format(limit))


def _check_place(row: Database) -> None:
    """Raise `Unavailable` where the database is moving to another cluster, or has just moved."""
    cluster, moving = Database.objects.select_for_update().values_list("cluster", "moving").get(pk=row.pk)
    if moving or cluster != row.cluster:
        refuse_moving()


def _new_collection_rows(
    row: Database, definitions: Sequence[CollectionDefinition], *, state: State, filler: str
) -> list[Collection]:
    try:
        with transaction.atomic():
            _check_place(row)
            count = row.collections.exclude(state=State.DROPPING).count()
            if row.expires_at is not None and count + len(definitions) > settings.ANONYMOUS_MAX_TABLES:
                raise engine.TooLarge(_UNOWNED_FULL.format(settings.ANONYMOUS_MAX_TABLES))
            _check_collections(row, count, len(definitions))
            rows = [
                Collection(
                    database=row,
                    name=definition.name,
                    physical=naming.physical_collection(definition.name),
                    fields=definition.schema.as_list(),
                    strict=definition.schema.strict,
                    rules=definition.schema.rules and definition.schema.rules.raw,
                    title_field=definition.title_field,
                    history=definition.history.on,
                    history_days=definition.history.days,
                    history_versions=definition.history.versions,
                    state=state,
                    filler=filler,
                )
                for definition in definitions
            ]
            return Collection.objects.bulk_create(rows)
    except IntegrityError as error:
        raise engine.Conflict("One of these collections is being created by another request.") from error


def _abandon(row: Database, collections: Sequence[Collection]) -> None:
    changes = {"state": State.DROPPING, "changed_at": timezone.now()}
    row.collections.filter(pk__in=[item.pk for item in collections]).update(**changes)
    Database.objects.filter(pk=row.pk, state=State.CREATING).update(**changes)
