"""The MongoDB clusters of the installation, and this process's connections to them.

The cluster `main` is that of the setting MONGODB_URI; the others are rows, whose addresses are encrypted.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from django.conf import settings

import engine
from accounts.security.encryption import Cipher
from catalog.limits import limits
from catalog.models import Cluster
from engine.events import ChangeStream
from engine.lazy import made_once

MAIN = "main"
ADDRESSES = Cipher("datacube cluster addresses 1")
_UNKNOWN = "The cluster {!r} of this database is not known to the service."
_UNREADABLE = "The address of the cluster {!r} was encrypted with another SECRET_KEY."


@dataclass(frozen=True)
class ClusterConnection:
    """What a process has of a cluster: its store, and the change stream that its first subscriber opens."""

    cluster: str
    store: engine.Store
    change_stream: ChangeStream


_lock = Lock()
_connections: dict[str, tuple[str, ClusterConnection]] = {}  # by cluster, each with its encrypted address


@made_once
def _main() -> ClusterConnection:
    return connect(MAIN, settings.MONGODB_URI)


def connect(cluster: str, uri: str) -> ClusterConnection:
    """Return a new connection. Raises the driver's errors for an invalid address; connects at its first use."""
    store = engine.Store(uri, limits=limits(), key=settings.SECRET_KEY.encode())
    return ClusterConnection(cluster, store, ChangeStream(store))


def connection(cluster: str = MAIN) -> ClusterConnection:
    """Return this process's connection to a cluster. Raises `Unavailable` for one that is not known.

    For another cluster than `main` it reads the cluster's row.
    """
    if cluster == MAIN:
        return _main()
    row = Cluster.objects.filter(name=cluster).first()
    if row is None:
        raise engine.Unavailable(_UNKNOWN.format(cluster), retry_after=5)
    with _lock:
        address, known = _connections.get(cluster, ("", None))
        if known is not None and address == row.address:
            return known
        uri = ADDRESSES.decrypt(row.address)
        if uri is None:
            raise engine.Unavailable(_UNREADABLE.format(cluster), retry_after=60)
        new = connect(cluster, uri)
        _connections[cluster] = (row.address, new)
        return new


def store(cluster: str = MAIN) -> engine.Store:
    """Return this process's store of a cluster, created at its first use. Raises as `connection`."""
    return connection(cluster).store


def change_stream(cluster: str = MAIN) -> ChangeStream:
    """Return the process-wide change stream of a cluster. Raises as `connection`."""
    return connection(cluster).change_stream


def names() -> list[str]:
    """Return the names of all clusters, `main` first."""
    return [MAIN, *Cluster.objects.order_by("name").values_list("name", flat=True)]


def stores_in_use() -> list[engine.Store]:
    """Return the stores that this process has; reads no row."""
    with _lock:
        return [_main().store, *(known.store for _, known in _connections.values())]


def of_new_databases() -> str:
    """Return the cluster where new databases are created."""
    chosen = Cluster.objects.filter(takes_new=True).values_list("name", flat=True).first()
    return chosen or MAIN
