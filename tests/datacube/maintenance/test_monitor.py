"""What a process reads of the installation, and what it does while it cannot read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError

from catalog.services.stores import clusters
from datacube.maintenance import monitor, state
from features.environment import services

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_command_reaches_a_process_that_reads(capsys: Any) -> None:
    call_command("maintenance", "on", "--message", "Back soon.", "--no-wait")
    monitor.refresh(free=None)
    assert state.current == state.ServiceState(in_maintenance=True, message="Back soon.")
    with pytest.raises(SystemExit) as caught:
        call_command("maintenance", "status")
    assert caught.value.code == 3
    call_command("maintenance", "off", "--no-wait")
    monitor.refresh(free=None)
    assert state.current == state.ServiceState()
    assert capsys.readouterr().out == "Writes are refused.\non Back soon.\nWrites are accepted.\n"


@pytest.mark.parametrize(("free", "is_full"), [(None, False), (99, True), (100, False)])
def test_little_free_space_is_noticed(settings: Any, free: int | None, is_full: bool) -> None:
    settings.MIN_FREE_BYTES = 100
    monitor.refresh(free=free)
    assert state.current.is_full == is_full


def test_the_last_state_stays_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    services.set_maintenance("")
    monitor.refresh(free=None)

    def away() -> None:
        raise OperationalError

    monkeypatch.setattr(services, "maintenance", away)
    monitor.refresh(free=None)
    assert state.current.in_maintenance


def test_the_fuller_disk_counts(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SPOOL = tmp_path / "not" / "yet"
    spool = monitor._spool()
    assert spool is not None and spool > 0
    assert monitor._documents(clusters.store()) is not None
    monkeypatch.setattr(monitor, "_documents", lambda store: 7)
    assert monitor.free_bytes() == 7
    monkeypatch.setattr(monitor, "_documents", lambda store: None)
    monkeypatch.setattr(monitor, "_spool", lambda: None)
    assert monitor.free_bytes() is None
