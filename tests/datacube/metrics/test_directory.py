"""The directory of the figures of a web server."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from datacube.metrics import directory


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv(directory.VARIABLE, raising=False)


def test_the_directory_lasts_as_long_as_the_server() -> None:
    with directory.figures() as path:
        assert os.environ[directory.VARIABLE] == str(path)
        assert path.stat().st_mode & 0o777 == 0o700
    assert not path.exists()
    assert directory.VARIABLE not in os.environ


def test_what_killed_servers_left_is_removed() -> None:
    with directory.figures() as path:
        killed = path.with_name("metrics-4194305")  # above the largest process id
        killed.mkdir()
        (killed / "histogram_7.db").write_bytes(b"x")
        running = path.with_name(f"metrics-{os.getppid()}")
        running.mkdir()
        path.rmdir()
        with directory.figures():
            assert (killed.exists(), running.exists()) == (False, True)


def test_present_values_of_a_worker_end_with_it_and_its_counts_stay() -> None:
    with directory.figures() as path:
        for name in ("gauge_livesum_7.db", "gauge_livesum_8.db", "histogram_7.db"):
            (path / name).touch()
        directory.forget_worker(7)
        assert sorted(file.name for file in path.iterdir()) == ["gauge_livesum_8.db", "histogram_7.db"]
