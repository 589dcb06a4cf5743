"""Transactions that a process left open when it was killed.

Documents that such a transaction has written stay blocked until MongoDB's own limit, about a minute. Each process
therefore names itself to MongoDB, and one that starts aborts the transactions of those that have ended.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pymongo import MongoClient

_MAX_HOST = 64


def process_name() -> str:
    """Return the name of this process for MongoDB's list of operations: host, process namespace and process id."""
    return f"{_host()} {os.getpid()}"


def abort_orphaned_transactions(client: MongoClient[dict[str, Any]]) -> int:
    """Abort the open transactions of processes of this host that have ended, and return how many there were.

    Needs the rights `inprog` and `killAnySession` where MongoDB checks rights. Raises the driver's errors.
    """
    orphans = [
        operation["lsid"]
        for operation in client.admin.aggregate(
            [
                {"$currentOp": {"allUsers": True, "idleSessions": True}},
                {"$match": {"transaction": {"$exists": True}, "lsid": {"$exists": True}}},
            ]
        )
        if _has_ended(operation)
    ]
    if orphans:
        client.admin.command({"killAllSessionsByPattern": [{"lsid": session} for session in orphans]})
    return len(orphans)


def _host() -> str:
    """Return a name for where process ids mean the same."""
    namespace = Path("/proc/self/ns/pid")
    number = str(namespace.readlink()).strip("pid:[]") if namespace.is_symlink() else "0"
    return f"datacube {socket.gethostname()[:_MAX_HOST].replace(' ', '-')} {number}"


def _has_ended(operation: Mapping[str, Any]) -> bool:
    host, _, pid = operation.get("appName", "").rpartition(" ")
    return host == _host() and pid.isdigit() and not Path("/proc", pid).exists()
