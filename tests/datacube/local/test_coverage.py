"""`./dev coverage`: what it runs, what it reads from the marks, and when it fails."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from coverage import CoverageData

from datacube.local import coverage, paths


@pytest.mark.parametrize(
    ("failing", "status"), [("", 0), ("datacube", 1), ("--fail-under=92", 2), ("--fail-under=97", 2)]
)
def test_tests_and_both_floors_count(
    failing: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "coverage"
    commands: list[list[str]] = []

    def record(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
        if arguments[0] == "datacube":
            assert environment["DATACUBE_COVERAGE"] == str(directory)
            assert environment["PYTHONPATH"].split(os.pathsep)[0] == str(coverage._MEASURED)
        else:
            assert environment["COVERAGE_FILE"] == str(directory / "data")
        commands.append([*arguments])
        return status if failing in arguments else 0

    monkeypatch.setenv("DATACUBE_HOME", str(tmp_path))
    monkeypatch.setattr(coverage, "_run", record)
    monkeypatch.setattr(coverage, "_measured_files", lambda: [Path(__file__)])
    assert coverage.main(["-x", "tests/web"]) == status
    assert commands[0] == ["datacube", "test", "-x", "tests/web"]
    assert [command[:2] for command in commands[1:]] == [["coverage", "report"]] * 2


def test_files_of_all_packages_are_measured(tmp_path: Path) -> None:
    places = coverage._prepare(tmp_path)
    files = {str(Path(path).relative_to(paths.ROOT)) for path in places}
    assert {"engine/__init__.py", "clients/python/datacube_client/__init__.py"} <= files
    assert not [file for file in files if "migrations" in file or "measured" in file]
    assert (tmp_path / "marks").stat().st_size > max(places.values())


def test_marks_become_lines(tmp_path: Path) -> None:
    (tmp_path / "marks").write_bytes(bytes([0, 1, 0, 1]) + bytes([0, 0]) + bytes([0, 0, 1]))
    places = {"/a.py": 0, "/b.py": 4, "/c.py": 6}
    coverage._save(tmp_path, places)
    data = CoverageData(str(tmp_path / "data"))
    data.read()
    assert {path: data.lines(path) for path in places} == {"/a.py": [1, 3], "/b.py": [], "/c.py": [2]}
