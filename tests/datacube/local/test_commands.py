"""The commands of the service's processes."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

from datacube.local import commands, paths
from datacube.local.child_process import ChildProcess

STATE = Path("/srv/home")


def child(name: str, command: list[str | Path], **options: Any) -> ChildProcess:
    return ChildProcess(name, command, STATE / f"{name}.log", {}, **options)


def test_preparation_is_one_process() -> None:
    process = commands.migrations(child, link_file=STATE / "link")
    assert process.name == "migrate"
    assert process.command == [sys.executable, paths.ROOT / "manage.py", "prepare", "--link-file", STATE / "link"]


def test_the_front_end_is_made_by_the_command_of_the_project() -> None:
    process = commands.front_end(child)
    assert (process.name, process.command) == ("assets", [sys.executable, "-m", "datacube", "assets"])


def test_the_web_server_is_stopped_first_and_ends_its_workers_itself() -> None:
    processes = commands.programs(child, state=STATE)
    assert [process.name for process in processes] == ["web", "worker", "beat"]
    web = processes[0]
    assert web.command == [sys.executable, "-m", "datacube.http.server"]
    assert (web.orphan_signal, web.stop_timeout) == (signal.SIGTERM, 2.5)
    assert {process.orphan_signal for process in processes[1:]} == {signal.SIGKILL}


def test_one_worker_serves_every_queue() -> None:
    worker = commands.programs(child, state=STATE)[1].command
    assert worker[:7] == [sys.executable, "-m", "celery", "--workdir", paths.ROOT, "-A", "datacube"]
    assert worker[7:] == [
        *("worker", "--queues", "celery,webhooks", "--pool", "threads", "--concurrency", "6"),
        *("--loglevel", "INFO", "--without-mingle", "--without-gossip"),
    ]


def test_the_scheduler_keeps_its_state_in_the_home() -> None:
    scheduler = commands.programs(child, state=STATE)[2].command
    assert scheduler[7:] == ["beat", "--loglevel", "INFO", "--schedule", STATE / "beat-schedule"]
