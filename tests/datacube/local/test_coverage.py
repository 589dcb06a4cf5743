"""`./dev coverage`: what it runs, and when it fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from datacube.local import coverage


@pytest.mark.parametrize(
    ("failing", "status"), [("", 0), ("run", 1), ("--fail-under=92", 2), ("--fail-under=97", 2)]
)
def test_tests_and_both_floors_count(
    failing: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []

    def record(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
        assert environment["COVERAGE_FILE"] == str(tmp_path / "coverage" / "data")
        commands.append([*arguments])
        return status if failing in arguments else 0

    monkeypatch.setenv("DATACUBE_HOME", str(tmp_path))
    monkeypatch.setattr(coverage, "_coverage", record)
    assert coverage.main(["-x", "tests/web"]) == status
    assert commands[0] == ["run", "-m", "datacube", "test", "-x", "tests/web"]
    assert [command[0] for command in commands] == ["run", "combine", "report", "report"]
