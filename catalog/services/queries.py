"""Queries on the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet

import engine
from accounts.principal import AccountPrincipal, Principal, ScopedPrincipal
from catalog.models import Collection, Database, State
from catalog.restriction import FILES
from catalog.services.access import NOT_FOUND, entry_of, open_database
from catalog.services.retention import retention_of
from catalog.services.stores.clusters import store
from engine.events import WatchedCollection
from engine.handles import database_size


def list_databases(
    principal: AccountPrincipal, *, page: int, page_size: int, search: str
) -> tuple[list[dict[str, Any]], int]:
    """Return one page of `{id, name, num_collections}` ordered by name, and the total number of matches."""
    rows = visible_databases(principal).filter(name__contains=search.lower())
    counted = rows.annotate(ready=Count("collections", filter=Q(collections__state=State.READY)))
    start = (page - 1) * page_size
    limited = _limited(principal)
    databases = [
        {"id": row.public_id, "name": row.name, "num_collections": limited.get(row.public_id, row.ready)}
        for row in counted.order_by("name", "public_id")[start : start + page_size]
    ]
    return databases, rows.count()


def describe_database(principal: Principal, database_id: str) -> dict[str, Any]:
    """Return the metadata document: `{_id, user_id, displayName, dbName, collections: [{name, fields}]}`."""
    database = open_database(principal, database_id)
    row = Database.objects.filter(public_id=database.id, state=State.READY).first()
    if row is None:
        raise engine.NotFound(NOT_FOUND)
    collections = row.collections.filter(state=State.READY, name__in=[*database.specs]).order_by("pk")
    return {
        "_id": row.public_id,
        "user_id": str(row.created_by_id),
        "displayName": row.name,
        "dbName": row.physical,
        "collections": [
            {"name": item.name, "fields": _visible(item.fields, database.specs[item.name])}
            | ({"strict": True} if item.strict else {})
            | ({} if retention_of(item) is True else {"history": retention_of(item)})
            | ({} if item.rules is None or database.specs[item.name].schema.mask else {"json_schema": item.rules})
            | ({"title_field": item.title_field} if item.title_field else {})
            for item in collections
        ],
    }


def _countable(database: engine.Database) -> Iterable[str]:
    """Return the collections that are counted: for a limited key those that it reads, for others all."""
    return database.readable if database.is_restricted else database.specs


def _visible(fields: list[dict[str, Any]], spec: engine.CollectionSpec) -> list[dict[str, Any]]:
    mask = spec.schema.mask
    return fields if mask is None else [field for field in fields if not mask.hides(field["name"])]


def _limited(principal: Principal) -> dict[str, int]:
    """Return the number of collections that a limited key names, by database."""
    collections = principal.scope.collections if isinstance(principal, ScopedPrincipal) else None
    return {database_id: len({*named} - {FILES}) for database_id, named in (collections or {}).items()}


def sources(targets: Iterable[tuple[str, str]]) -> dict[tuple[str, str], WatchedCollection]:
    """Return the event source of each (database id, collection name). Omits collections that do not exist."""
    pairs = set(targets)
    rows = Collection.objects.filter(
        state=State.READY,
        database__state=State.READY,
        database__public_id__in={database_id for database_id, _ in pairs},
        name__in={name for _, name in pairs},
    )
    values = rows.values_list(
        *("database__public_id", "name", "database__physical", "physical", "history", "database__cluster")
    )
    return {(row[0], row[1]): WatchedCollection(*row[2:]) for row in values if (row[0], row[1]) in pairs}


def measure_databases() -> dict[str, int]:
    """Return the size in bytes of each database, by id. Omits databases whose store does not respond."""
    sizes = {}
    rows = Database.objects.filter(state=State.READY)
    for public_id, cluster, physical in rows.values_list("public_id", "cluster", "physical"):
        try:
            sizes[public_id] = database_size(store(cluster), physical).total
        except engine.Error:
            continue
    return sizes


def export_databases(principal: AccountPrincipal) -> list[dict[str, Any]]:
    """Return the metadata of every database of the principal's teams, without documents."""
    rows = visible_databases(principal).order_by("team", "name").prefetch_related("collections")
    return [
        {
            "id": row.public_id,
            "name": row.name,
            "team": row.team_id,
            "created_at": row.created_at,
            "collections": [
                {"name": item.name, "fields": item.fields, "strict": item.strict, "history": item.history}
                for item in row.collections.all()
                if item.state == State.READY
            ],
        }
        for row in rows
    ]


def count_collections(principal: Principal, database_id: str) -> tuple[engine.Database, list[dict[str, Any]]]:
    """Return a database and `{name, num_documents}` of each of its collections. Bypasses the cache."""
    database = open_database(principal, database_id, refresh=True)
    counted = [(name, database.collection(name).count()) for name in _countable(database)]
    return database, [{"name": name, "num_documents": count} for name, count in counted]


def stats(principal: AccountPrincipal) -> dict[str, int]:
    """Return the numbers of databases, collections and documents that the principal can read."""
    rows = list(visible_databases(principal).values_list("public_id", flat=True))
    databases = [open_database(principal, database_id) for database_id in rows]
    return {
        "databases": len(databases),
        "collections": sum(len(database.specs) for database in databases),
        "documents": sum(
            database.collection(name).count() for database in databases for name in _countable(database)
        ),
    }


def database_key(database_id: str) -> int:
    """Return the primary key of a database's row, for rows of features that belong to it. Raises `NotFound`.

    The database may be one that a job fills while it is invisible.
    """
    rows = Database.objects.filter(public_id=database_id, state__in=(State.READY, State.FILLING))
    pk = rows.values_list("pk", flat=True).first()
    if pk is None:
        raise engine.NotFound(NOT_FOUND)
    return pk


def check_platform() -> None:
    """Raise unless SQL responds."""
    Database.objects.exists()


def check_documents() -> None:
    """Raise `Unavailable` unless MongoDB responds."""
    store().ping()


def visible_databases(principal: AccountPrincipal) -> QuerySet[Database]:
    """Return the rows of the databases that the principal can see, for other services."""
    rows = Database.objects.filter(team_id__in=list(principal.teams), state=State.READY)
    if isinstance(principal, ScopedPrincipal) and principal.scope.databases is not None:
        rows = rows.filter(public_id__in=principal.scope.databases)
    return rows


def count_by_team(teams: Sequence[int]) -> dict[int, int]:
    """Return the number of databases by the id of a team. Callers check who may know it."""
    rows = Database.objects.filter(team_id__in=teams, state=State.READY).values("team_id")
    return {row["team_id"]: row["number"] for row in rows.annotate(number=Count("pk"))}


def team_of(database_id: str) -> int | None:
    """Return the team that a database belongs to, None where the database cannot be used."""
    entry = entry_of(database_id)
    return entry.team if entry else None
