"""Processes that are started ahead: each is used once, replaced, and ended with the process that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import engine
from datacube.local.paths import ROOT
from features.processes import warm
from features.processes.warm import WarmPool
from features.sql.process import SqlProcess
from features.sql.services import statement_process, warm_processes
from tests.features.sql.support import MemoryDatabase, memory_database
from tests.support import until

pytestmark = pytest.mark.slow


def start() -> SqlProcess:
    return SqlProcess("statement", "16000000", "5", seconds=60, max_frame=1_000)


@pytest.fixture
def pool() -> Iterator[WarmPool[SqlProcess]]:
    made: WarmPool[SqlProcess] = WarmPool("test", lambda: 2)
    yield made
    made.close()
    warm._pools.remove(made)


@pytest.fixture
def database(settings: Any) -> Iterator[MemoryDatabase]:
    """A database whose statements run in processes that are started ahead."""
    settings.SQL_WARM_PROCESSES = 1
    yield memory_database(users=([("name", "TEXT")], [{"name": "Ada"}]))
    settings.SQL_WARM_PROCESSES = 0
    with statement_process() as process:  # ends what is kept
        assert process.is_running
    assert warm_processes().ids == []


def is_alive(pid: int) -> bool:
    """Return whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_each_process_is_handed_out_once(pool: WarmPool[SqlProcess]) -> None:
    taken = []
    for _ in range(6):
        with pool.take("key", start) as process:
            assert process.is_running
            taken.append(process.id)
            until(lambda: len(pool.ids) == 2)
            assert process.id not in pool.ids
        assert not is_alive(process.id)
    assert len(set(taken)) == 6


def test_an_empty_pool_starts_a_process(pool: WarmPool[SqlProcess]) -> None:
    with pool.take("key", start) as first, pool.take("key", start) as second, pool.take("key", start) as third:
        assert len({first.id, second.id, third.id}) == 3


def test_a_killed_process_is_replaced(pool: WarmPool[SqlProcess]) -> None:
    pool.take("key", start).close()
    until(lambda: len(pool.ids) == 2)
    killed = pool.ids
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not any(map(is_alive, killed)))
    with pool.take("key", start) as process:
        assert process.id not in killed
        assert process.is_running
    until(lambda: len(pool.ids) == 2 and not {*killed} & {*pool.ids})


def test_another_key_ends_what_is_kept(pool: WarmPool[SqlProcess]) -> None:
    pool.take("key", start).close()
    until(lambda: len(pool.ids) == 2)
    former = pool.ids
    pool.take("other", start).close()
    assert not any(map(is_alive, former))
    until(lambda: len(pool.ids) == 2 and not {*former} & {*pool.ids})


def test_what_cannot_be_started_is_told_to_the_caller(pool: WarmPool[SqlProcess]) -> None:
    def fail() -> SqlProcess:
        raise engine.Unavailable("None can be started.")

    with pytest.raises(engine.Unavailable):
        pool.take("key", fail)
    pool.take("other", start).close()
    until(lambda: len(pool.ids) == 2)


def test_a_closed_pool_keeps_none(pool: WarmPool[SqlProcess]) -> None:
    pool.take("key", start).close()
    until(lambda: len(pool.ids) == 2)
    former = pool.ids
    assert {*former} <= {*warm.kept_ids()}
    pool.close()
    assert not any(map(is_alive, former))
    pool.take("key", start).close()
    assert pool.ids == []


def test_an_unused_pool_is_emptied(pool: WarmPool[SqlProcess], monkeypatch: pytest.MonkeyPatch) -> None:
    pool.take("key", start).close()
    until(lambda: len(pool.ids) == 2)
    monkeypatch.setattr(warm, "_IDLE_SECONDS", -1.0)
    until(lambda: pool.ids == [])


def test_statements_see_nothing_of_each_other(database: MemoryDatabase) -> None:
    first = database.rows("SELECT name, random() AS r FROM users")
    until(lambda: len(warm_processes().ids) == 1)
    used = warm_processes().ids
    second = database.rows("SELECT total_changes() AS changes, last_insert_rowid() AS last, random() AS r")
    assert (second[0]["changes"], second[0]["last"]) == (0, 0)
    assert second[0]["r"] != first[0]["r"]
    until(lambda: len(warm_processes().ids) == 1 and used != warm_processes().ids)
    assert database.errors("SELECT * FROM secrets") == ["no such table: secrets"]
    assert not any(map(is_alive, used))


def test_a_process_is_confined_before_its_statement(database: MemoryDatabase) -> None:
    database.rows("SELECT 1 AS a")
    until(lambda: len(warm_processes().ids) == 1)
    (pid,) = warm_processes().ids
    home = Path(f"/proc/{pid}")
    # Of all its system calls none but those of the filter are allowed any more.
    until(lambda: "Seccomp:\t2" in (home / "status").read_text() or sys.platform != "linux")
    bounds = {line[:26].strip(): line[26:47].strip() for line in (home / "limits").read_text().splitlines()}
    assert [bounds[name] for name in ("Max open files", "Max file size", "Max processes")] == ["0", "0", "0"]
    assert (home / "environ").read_bytes() == b""


def test_other_limits_replace_what_is_kept(database: MemoryDatabase, settings: Any) -> None:
    database.rows("SELECT 1 AS a")
    until(lambda: len(warm_processes().ids) == 1)
    (former,) = warm_processes().ids
    settings.SQL_MEMORY_BYTES = 16 << 20
    (error,) = database.errors("SELECT replace(hex(zeroblob(4000000)), '0', hex(zeroblob(4000000)))")
    assert error in ("out of memory", "string or blob too big")
    assert not is_alive(former)


PARENT = """
import os, time, django
os.environ["DJANGO_SETTINGS_MODULE"] = "datacube.settings"
django.setup()
from features.processes import warm
from {module} import warm_processes, {start}
{start}().close()
while not warm.kept_ids():
    time.sleep(0.05)
print(*warm.kept_ids(), flush=True)
time.sleep(120)
"""


@pytest.mark.parametrize(
    ("module", "name"),
    [("features.sql.services", "statement_process"), ("features.functions.running", "start_process")],
)
def test_nothing_outlives_a_killed_parent(module: str, name: str) -> None:
    program = PARENT.format(module=module, start=name)
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        (pid,) = map(int, parent.stdout.readline().split())
        assert is_alive(pid)
        parent.kill()
    until(lambda: not is_alive(pid))
