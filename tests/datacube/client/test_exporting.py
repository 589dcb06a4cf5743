"""`datacube export` against the running service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datacube.client import exporting
from datacube.client.service import run
from tests.support import Tenant


@pytest.fixture
def collection(anna: Tenant, service_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATACUBE_URL", service_url)
    monkeypatch.setenv("DATACUBE_KEY", anna.key)
    name = anna.new_collection()
    anna.insert(name, [{"Director": "A", "n": 1}, {"Director": "B", "n": 2}])
    return name


def exported(anna: Tenant, *arguments: str) -> int:
    return run(exporting.export, exporting.parser(), ["--database", anna.database, *arguments])


def test_documents_are_printed(anna: Tenant, collection: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert exported(anna, "--collection", collection, "--sort=-n", "--fields", "n") == 0
    assert [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()] == [{"n": 2}, {"n": 1}]


def test_documents_are_written_into_a_new_file(
    anna: Tenant, collection: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "films.json"
    arguments = ["--collection", collection, "--format", "json", "--filter", '{"n": 2}', "--output", str(file)]
    assert exported(anna, *arguments) == 0
    assert json.loads(file.read_text()) == [{"Director": "B", "n": 2}]
    assert capsys.readouterr().out == f"{file}: {file.stat().st_size:,} bytes.\n"
    assert exported(anna, *arguments) == 1
    assert "exists" in capsys.readouterr().err
    assert exported(anna, *arguments, "--overwrite") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["films.json"]


def test_a_refused_export_leaves_no_file(
    anna: Tenant, collection: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exported(anna, "--collection", "no_such", "--output", str(tmp_path / "x")) == 1
    assert capsys.readouterr().err.startswith("404: ")
    assert [*tmp_path.iterdir()] == []
