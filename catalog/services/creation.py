"""New databases and collections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

import engine
from accounts.principal import Principal
from catalog import naming
from catalog.definitions import Definition, parse_definitions, reference_faults
from catalog.limits import limits
from catalog.models import Collection, Database, State
from catalog.services.access import forget, open_database, spec_of, store

NAME_TAKEN = "A database with this name already exists for your account."
UNVERIFIED = "Verify your e-mail address before you create a database."
FULL = "A database has at most {} collections (MAX_COLLECTIONS)."


@dataclass(frozen=True)
class Made:
    """What became of one wanted collection: `existed` is true where it was there already."""

    name: str
    existed: bool


def create_database(principal: Principal, *, name: Any, collections: Any) -> tuple[engine.Database, list[Made]]:
    """A new database of the principal's team with its first collections; `Invalid` names every fault."""
    check_may_create(principal)
    definitions, faults = parse_definitions(collections, limits=limits(), most=settings.MAX_COLLECTIONS)
    faults += reference_faults(definitions, ())
    wanted = name.lower() if type(name) is str else name
    if text := naming.name_fault(wanted, reserved=naming.RESERVED_DATABASES):
        faults = [engine.FieldError("db_name", text), *faults]
    if faults:
        raise engine.invalid(faults)
    row = new_row(principal, wanted)
    settle(row, make_collections(row, definitions))
    made = [Made(definition.name, existed=False) for definition in definitions]
    return open_database(principal, row.public_id), made


def create_empty_database(principal: Principal, *, name: Any) -> engine.Database:
    """A new database of the principal's team without a collection; `Invalid` tells what is wrong with the name."""
    check_may_create(principal)
    wanted = name.lower() if type(name) is str else name
    if text := naming.name_fault(wanted, reserved=naming.RESERVED_DATABASES):
        raise engine.Invalid.of_field("db_name", text)
    row = new_row(principal, wanted)
    settle(row, [])
    return open_database(principal, row.public_id)


def check_may_create(principal: Principal) -> None:
    """Raises `Forbidden` for those who may not make databases."""
    if not principal.may_create_databases():
        raise engine.Forbidden("This may not create databases.")
    if settings.REQUIRE_VERIFIED_EMAIL and not principal.verified:
        raise engine.Forbidden(UNVERIFIED)


def add_collections(
    principal: Principal, database_id: str, *, collections: Any, fields_required: bool = True
) -> list[Made]:
    """Create the collections that do not exist yet; needs `design`."""
    database = open_database(principal, database_id)
    database.require(engine.Action.DESIGN)
    definitions, faults = parse_definitions(
        collections, limits=limits(), most=settings.MAX_COLLECTIONS, fields_required=fields_required
    )
    row = Database.objects.get(public_id=database.id)
    present = set(row.collections.filter(state=State.READY).values_list("name", flat=True))
    faults += reference_faults(definitions, present)
    if faults:
        raise engine.invalid(faults)
    wanted = [definition for definition in definitions if definition.name not in present]
    settle(row, make_collections(row, wanted))
    return [Made(definition.name, existed=definition.name in present) for definition in definitions]


def ensure_collections(database: engine.Database, collections: Sequence[Any]) -> None:
    """Makes those of the service's own collections that are not there yet; their users need no `design`."""
    wanted = [item for item in collections if item["name"] not in database.specs]
    row = Database.objects.filter(public_id=database.id, state=State.READY).first() if wanted else None
    if row is None:
        return
    present = set(row.collections.exclude(state=State.DROPPING).values_list("name", flat=True))
    missing = [item for item in wanted if item["name"] not in present]
    if not missing:
        return
    definitions, faults = parse_definitions(missing, limits=limits(), most=settings.MAX_COLLECTIONS)
    if faults:
        raise engine.invalid(faults)
    settle(row, make_collections(row, definitions))


def planned_specs(collections: Sequence[Any]) -> dict[str, engine.Spec]:
    """Return what `ensure_collections` would make, to be read as empty until then."""
    definitions, _ = parse_definitions(collections, limits=limits(), most=settings.MAX_COLLECTIONS)
    return {item.name: engine.Spec(item.name, engine.PLANNED, item.schema, history=False) for item in definitions}


def make_collections(
    row: Database, definitions: Sequence[Definition], *, state: State = State.CREATING, filler: str = ""
) -> list[Collection]:
    """Rows and storage, unseen as yet; what cannot be finished is left to `sweep`."""
    made = _new_collection_rows(row, definitions, state=state, filler=filler)
    try:
        engine.make_storage(store(), row.physical, [spec_of(item) for item in made])
    except engine.Error:
        _abandon(row, made)
        raise
    return made


def settle(row: Database, made: Sequence[Collection]) -> None:
    """Shows what was made."""
    with transaction.atomic():
        now = timezone.now()
        row.collections.filter(pk__in=[item.pk for item in made]).update(state=State.READY, changed_at=now)
        unseen = Database.objects.filter(pk=row.pk, state__in=(State.CREATING, State.FILLING))
        unseen.update(state=State.READY, changed_at=now)
    forget(row.public_id)


def new_row(principal: Principal, name: str, *, field: str = "db_name") -> Database:
    """The row of a database of that name, which nobody sees yet; `field` is what the caller calls the name."""
    owned = Database.objects.filter(team_id=principal.home_team).exclude(state=State.DROPPING)
    try:
        with transaction.atomic():
            if owned.count() >= settings.MAX_DATABASES:
                text = f"An account has at most {settings.MAX_DATABASES} databases (MAX_DATABASES)."
                raise engine.TooLarge(text)
            return Database.objects.create(
                public_id=naming.new_id(),
                team_id=principal.home_team,
                created_by_id=principal.user_id,
                name=name,
                physical=naming.physical_database(name),
            )
    except IntegrityError as problem:
        raise engine.Invalid.of_field(field, NAME_TAKEN) from problem


def _new_collection_rows(
    row: Database, definitions: Sequence[Definition], *, state: State, filler: str
) -> list[Collection]:
    try:
        with transaction.atomic():
            held = row.collections.exclude(state=State.DROPPING).count()
            if held + len(definitions) > settings.MAX_COLLECTIONS:
                raise engine.TooLarge(FULL.format(settings.MAX_COLLECTIONS))
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
    except IntegrityError as problem:
        raise engine.Conflict("One of these collections is being made just now.") from problem


def _abandon(row: Database, made: Sequence[Collection]) -> None:
    gone = {"state": State.DROPPING, "changed_at": timezone.now()}
    row.collections.filter(pk__in=[item.pk for item in made]).update(**gone)
    Database.objects.filter(pk=row.pk, state=State.CREATING).update(**gone)
