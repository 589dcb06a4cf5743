"""The clusters beside that of MONGODB_URI: added, listed, chosen for new databases, and removed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

import engine
from audit import services as audit
from catalog.models import Cluster, Database, DatabaseMove, State
from catalog.services.stores import clusters
from catalog.services.stores.clusters import ADDRESSES, MAIN
from engine.store import ServerInfo

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,48}")
_OPERATOR = "operator"
_MIN_VERSION = (6, 0)
_SCHEMES = ("mongodb://", "mongodb+srv://")
_NO_URI = "The address is not a URI of MongoDB: mongodb://… or mongodb+srv://…."
_IN_USE = "The cluster {!r} has {} databases; move them, and wait until their moves have ended."
_UNKNOWN = "There is no cluster {!r}; clusters: {}."


@dataclass(frozen=True)
class ClusterUse:
    """A cluster and what it holds. `bytes` is None where it does not answer."""

    name: str
    addresses: list[str]
    databases: int
    bytes: int | None
    takes_new: bool


def add_cluster(name: str, uri: str, *, replace: bool = False) -> None:
    """Add a cluster, or give one another address with `replace`. Raises `Invalid` and `Conflict`.

    It must answer, be a replica set or sharded, and acknowledge a write by a majority.
    """
    if not _NAME.fullmatch(name) or name == MAIN:
        text = "Must have 1 to 49 lower-case letters, digits and '-', and not be `main`."
        raise engine.Invalid.of_field("name", text)
    known = Cluster.objects.filter(name=name).exists()
    if known and not replace:
        raise engine.Conflict(f"There is a cluster {name!r} already; --replace gives it another address.")
    if replace and not known:
        raise engine.NotFound(_UNKNOWN.format(name, ", ".join(clusters.names())))
    server = _examine(uri)
    for other in clusters.names():
        if other != name and server.members & _members(other):
            raise engine.Conflict(f"This is the cluster {other!r}.")
    try:
        with transaction.atomic():
            Cluster.objects.update_or_create(name=name, defaults={"address": ADDRESSES.encrypt(uri)})
            audit.record("cluster.add", actor=_OPERATOR, team=None, target=name)
    except IntegrityError as error:
        raise engine.Conflict(f"There is a cluster {name!r} already.") from error


def _examine(uri: str) -> ServerInfo:
    """Return what a cluster says of itself. Raises `Invalid` unless it suits; no message has the address."""
    try:
        store = clusters.connect("new", uri).store if uri.startswith(_SCHEMES) else None
    except Exception as error:
        raise engine.Invalid(_NO_URI) from error
    if store is None:
        raise engine.Invalid(_NO_URI)
    server = store.server()
    if tuple(int(part) for part in server.version.split(".")[:2]) < _MIN_VERSION:
        raise engine.Invalid(f"MongoDB {server.version} is too old; it must be 6.0 or newer.")
    if not (server.replica_set or server.is_sharded):
        raise engine.Invalid("The server is neither a replica set nor the mongos of a sharded cluster.")
    store.check_writes(f"datacube_check_{secrets.token_hex(6)}")
    return server


def _members(name: str) -> frozenset[str]:
    try:
        return clusters.store(name).server().members
    except engine.Unavailable:
        return frozenset()


def list_clusters() -> list[ClusterUse]:
    """Return the clusters with their use, `main` first."""
    return [_use(name) for name in clusters.names()]


def _use(name: str) -> ClusterUse:
    store = clusters.store(name)
    physical = [*Database.objects.filter(cluster=name).values_list("physical", flat=True)]
    try:
        sizes: Mapping[str, int] | None = store.database_sizes()
    except engine.Error:
        sizes = None
    return ClusterUse(
        name=name,
        addresses=store.addresses(),
        databases=Database.objects.filter(cluster=name, state=State.READY).count(),
        bytes=None if sizes is None else sum(sizes.get(item, 0) for item in physical),
        takes_new=name == clusters.of_new_databases(),
    )


def choose_for_new(name: str) -> None:
    """Let new databases be created on a cluster. Raises `NotFound`."""
    check_known(name)
    with transaction.atomic():
        Cluster.objects.exclude(name=name).update(takes_new=False)
        Cluster.objects.filter(name=name).update(takes_new=True)
        audit.record("cluster.choose", actor=_OPERATOR, team=None, target=name)


def remove_cluster(name: str) -> None:
    """Forget a cluster without databases. Raises `NotFound`, and `Conflict` while it has some or takes new ones."""
    check_known(name)
    if name == MAIN:
        raise engine.Conflict("The cluster `main` is that of MONGODB_URI and cannot be removed.")
    with transaction.atomic():
        row = lock_cluster(name)
        databases = Database.objects.filter(cluster=name).count()
        moves = DatabaseMove.objects.filter(source=name) | DatabaseMove.objects.filter(target=name)
        if databases or moves.exists():
            raise engine.Conflict(_IN_USE.format(name, databases))
        if row.takes_new:
            raise engine.Conflict(f"New databases are created on {name!r}; choose another cluster for them first.")
        row.delete()
        audit.record("cluster.remove", actor=_OPERATOR, team=None, target=name)


def lock_cluster(name: str) -> Cluster:
    """Lock the row of a cluster other than `main` until the transaction ends, and return it. Raises `NotFound`."""
    row = Cluster.objects.select_for_update().filter(name=name).first()
    if row is None:
        raise engine.NotFound(_UNKNOWN.format(name, ", ".join(clusters.names())))
    return row


def check_known(name: str) -> None:
    """Raise `NotFound` unless there is a cluster of this name."""
    if name not in (known := clusters.names()):
        raise engine.NotFound(_UNKNOWN.format(name, ", ".join(known)))


def keep_addresses(rows: list[dict[str, Any]]) -> None:
    """Add the clusters of a backup that this installation does not have; the others keep their addresses."""
    for row in rows:
        Cluster.objects.get_or_create(name=row["name"], defaults={"address": row["address"]})


def addresses() -> dict[str, str]:
    """Return the encrypted address of each cluster, by name."""
    return dict(Cluster.objects.values_list("name", "address"))


def finish_restore(own: Mapping[str, str]) -> None:
    """Let restored clusters have the addresses of this installation, and no database be in the middle of a move."""
    for name, address in own.items():
        Cluster.objects.filter(name=name).update(address=address)
    DatabaseMove.objects.all().delete()
    Database.objects.filter(moving=True).update(moving=False)
