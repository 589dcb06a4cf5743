"""A process that is killed during a statement that writes: all of its rows are stored, or none.

`./dev faults 11` kills the processes of a whole service, at random times.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings

import engine
from catalog.services.hidden_fields import ROWID
from engine.schema.schema import new_stamps
from features.sql.services import SqlAnswer, run_statement
from features.sql.source import DocumentSource
from tests.faults.killed_statements import PROGRAM, children
from tests.features.sql.fuzz import TABLE, collection
from tests.support import until

pytestmark = pytest.mark.slow
ROWS = 2_000
STATEMENT = "UPDATE t SET n = n + 1000000"
_PARENT = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "datacube.settings"
django.setup()
import engine
from catalog.services.hidden_fields import ROWID_FIELD
from engine.limits import Limits
from engine.schema import parse_schema
from features.sql.services import run_statement
from features.sql.source import DocumentSource
from tests.features.sql.fuzz import FIELDS, TABLE
uri, name, statement = sys.argv[1:]
limits = Limits(query_seconds=20)
schema, _ = parse_schema([ROWID_FIELD, *FIELDS], limits=limits)
spec = engine.CollectionSpec("t", "t", schema)
things = engine.Collection(engine.Store(uri, limits=limits), name, spec, "tester", engine.ALL_ACTIONS)

class AnnouncingSource(DocumentSource):
    def apply(self, changes, ids):
        print("storing", flush=True)
        super().apply(changes, ids)

source = AnnouncingSource(lambda _: things.with_hidden_fields())
print(run_statement(statement, [TABLE], source, tenant="t"), flush=True)
"""


@pytest.fixture(scope="module")
def things() -> Iterator[engine.Collection]:
    with collection(settings.MONGODB_URI) as made:
        for start in range(0, ROWS, 1_000):
            stamps = {"_sys": new_stamps(actor="tester", now=datetime(2020, 1, 1))}
            made.insert_all([{ROWID: n + 1, "n": n, **stamps} for n in range(start, start + 1_000)])
        yield made


def numbers(things: engine.Collection) -> list[int]:
    """Return the numbers of all documents, in the order of their rowids."""
    query = engine.Query(sort=((ROWID, 1),))
    return [document["n"] for batch in things.each(query) for document in batch]


def test_the_process_of_a_statement_is_killed(things: engine.Collection, settings: Any) -> None:
    """It has planned the statement, and waits for documents."""
    settings.SQL_TIMEOUT = 100.0
    before, killed = numbers(things), threading.Event()
    answers: list[SqlAnswer] = []

    def opened(table: str) -> engine.Collection:
        assert killed.wait(100)
        return things

    def work() -> None:
        source: Any = DocumentSource(opened)
        answers.append(run_statement(STATEMENT, [TABLE], source, tenant="tester"))

    thread = threading.Thread(target=work)
    thread.start()
    (pid,) = until(lambda: [*children({os.getpid()}, PROGRAM)])
    os.kill(pid, signal.SIGKILL)
    killed.set()
    thread.join()
    assert answers[0].errors == ["The statement was ended, because it needs too much memory or time."]
    assert numbers(things) == before


def test_the_process_that_applies_a_statement_is_killed(things: engine.Collection) -> None:
    before = numbers(things)
    command = [sys.executable, "-c", _PARENT, settings.MONGODB_URI, things.database, STATEMENT]
    environment = {**os.environ, "SQL_WARM_PROCESSES": "0"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "storing\n"
        parent.kill()
        is_acknowledged = "SqlAnswer" in parent.stdout.read()
    things.store.abort_orphaned_transactions()  # as the next process of the service does
    after = numbers(things)
    assert after in (before, [number + 1_000_000 for number in before])
    assert not is_acknowledged or after != before
