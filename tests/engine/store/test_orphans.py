"""Transactions of processes that were killed."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from pymongo import MongoClient, errors

import engine
from datacube.local.paths import ROOT

# Opens a transaction on a document, says so, and waits to be killed.
HOLDER = """
import sys, time
import engine
from engine.limits import Limits
uri, database = sys.argv[1:]
store = engine.Store(uri, limits=Limits())
client = store._client
session = client.start_session()
client[database].things.find_one(session=session)  # else the snapshot may be older than the collection
session.start_transaction()
client[database].things.update_one({"_id": 1}, {"$set": {"held": True}}, session=session)
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture
def holder(database: str, mongo: MongoClient[dict[str, Any]]) -> subprocess.Popen[bytes]:
    """A process with an open transaction that has written a document."""
    mongo[database].things.insert_one({"_id": 1})
    command = [sys.executable, "-c", HOLDER, settings.MONGODB_URI, database]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout and process.stdout.readline() == b"held\n"
    return process


def test_a_killed_process_blocks_documents_until_the_next_starts(
    store: engine.Store, database: str, mongo: MongoClient[dict[str, Any]], holder: subprocess.Popen[bytes]
) -> None:
    things = mongo[database].things

    def write() -> None:
        with mongo.start_session() as session, session.start_transaction():
            things.update_one({"_id": 1}, {"$set": {"n": 1}}, session=session)

    store.abort_orphaned_transactions()  # not this one: the process is alive
    with pytest.raises(errors.OperationFailure, match="WriteConflict"):
        write()
    holder.kill()
    holder.wait()
    store.abort_orphaned_transactions()  # or another test does
    write()
    assert things.find_one() == {"_id": 1, "n": 1}
