"""The process of a statement as the service sees it: what a broken one sends, and what it leaves behind."""

from __future__ import annotations

import os
from typing import Any

import pytest

import features.sql.process
from features.sql.process import ProcessLate, SqlProcess
from tests.features.processes.support import open_pipes
from tests.features.sql.support import MemoryDatabase

pytestmark = pytest.mark.slow

_SENDS = """
import json, struct, sys, time
def send(content):
    sys.stdout.buffer.write(struct.pack('>I', len(content)) + content)
    sys.stdout.flush()
def answer(*messages):
    for message in messages:
        send(json.dumps(message).encode())
    time.sleep(60)
"""
ENDED = ["The statement was ended, because it needs too much memory or time."]
ROGUES = [
    ("", ENDED),
    ("sys.stdout.write('garbage that is no frame')", ENDED),
    ("sys.stdout.buffer.write(b'\\xff\\xff\\xff\\xff'); sys.stdout.flush(); time.sleep(60)", ENDED),
    ("send(b'[' * 100000)", ENDED),
    ("answer([])", ENDED),
    ("answer({})", ENDED),
    ("answer({'reads': {'secrets': ['name']}})", ENDED),
    ("answer({'reads': [1]})", ENDED),
    ("answer({'reads': {'users': 5}})", ENDED),
    ("answer({'reads': {'users': [{'$where': 1}]}}, {'columns': [1], 'rows': []})", ENDED),
    ("answer({'reads': {}}, {'columns': ['a'], 'rows': [[1, 2]]})", ENDED),
    ("answer({'reads': {}}, {'columns': ['a'], 'rows': [1]})", ENDED),
    ("answer({'error': {'a': 1}})", ["{'a': 1}"]),
]


def start(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a statement start this program in place of its own."""
    monkeypatch.setattr(
        features.sql.process, "_START", "# {} {}\n" + (_SENDS + program).replace("{", "{{").replace("}", "}}")
    )


@pytest.mark.parametrize(("program", "errors"), ROGUES)
def test_a_broken_process_is_ended(
    database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch, program: str, errors: list[str]
) -> None:
    start(program, monkeypatch)
    assert database.errors("SELECT name FROM users") == errors
    assert all(path in {"name", "_rowid"} for _, paths in database.source.read for path in paths)


def test_a_process_that_sends_nothing_is_ended(
    database: MemoryDatabase, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    start("time.sleep(60)", monkeypatch)
    settings.SQL_TIMEOUT = 0.1
    expected = ["The statement takes more than 0.1 seconds (SQL_TIMEOUT)."]
    assert database.errors("SELECT name FROM users") == expected


def test_a_process_is_gone_when_it_is_closed() -> None:
    before = open_pipes()
    arguments = (str(64 << 20), "60")  # with which it waits for its job
    with pytest.raises(ProcessLate), SqlProcess("statement", *arguments, seconds=0.05, max_frame=100) as process:
        process.receive()
    with pytest.raises(ProcessLookupError):
        os.kill(process.id, 0)
    assert open_pipes() <= before


def test_a_process_that_is_ready_is_late_too() -> None:
    with SqlProcess("export", seconds=60, max_frame=1_000) as process:
        process.send({"definitions": [], "memory": 2 << 20, "seconds": 60.0})
        process.limit(0)
        with pytest.raises(ProcessLate):
            process.send(("INSERT", []))
