"""The file of rows that an import leaves out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import engine
from accounts.principal import Principal
from features.jobs import services, spool
from features.jobs.services import imports
from features.jobs.services.imports.rejects import Rejects
from tests.features.jobs.conftest import Accept, rows_of

ERRORS = [engine.FieldError("n", "Must be a number.", 3)]


def rows_in(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture
def path(own_spool: Path) -> Iterator[Path]:
    own_spool.mkdir(parents=True)
    yield spool.result_path_of("job")


def test_rows_are_appended_with_their_errors(path: Path) -> None:
    rejects = Rejects("job", row=0)
    assert (rejects.count, path.exists()) == (0, False)
    rejects.add([(3, {"n": "x"}, ERRORS), (7, 5, ERRORS * 30)])
    first, second = rows_in(path)
    assert first == {"row": 3, "errors": [{"field": "n", "message": "Must be a number."}], "document": {"n": "x"}}
    assert (second["row"], second["document"], len(second["errors"]), rejects.count) == (7, 5, 20, 2)


@pytest.mark.parametrize(("row", "kept"), [(0, []), (4, [3]), (7, [3]), (8, [3, 7])])
def test_rows_that_are_read_again_are_removed(path: Path, row: int, kept: list[int]) -> None:
    Rejects("job", row=0).add([(3, {}, ERRORS), (7, {}, ERRORS)])
    again = Rejects("job", row=row)
    assert (again.count, [line["row"] for line in rows_in(path)]) == (len(kept), kept)


def test_no_more_rows_are_listed_than_may_be(path: Path, settings: Any) -> None:
    settings.MAX_REJECTED_ROWS = 2
    rejects = Rejects("job", row=0)
    rejects.add([(3, {}, ERRORS), (7, {}, ERRORS)])
    with pytest.raises(engine.TooLarge, match=r"More than 2 rows have errors \(MAX_REJECTED_ROWS\)"):
        rejects.add([(8, {}, ERRORS)])
    assert len(rows_in(path)) == 2


def test_half_a_line_is_removed(path: Path) -> None:
    Rejects("job", row=0).add([(3, {}, ERRORS)])
    with path.open("ab") as file:
        file.write(b'{"row":5,"err')
    assert (Rejects("job", row=9).count, len(rows_in(path))) == (1, 1)


def test_an_import_without_rejected_rows_has_no_file(accept: Accept, owner: Principal) -> None:
    job = accept(rows_of(3))
    services.run(job.pk)
    with pytest.raises(engine.NotFound, match="has rejected no rows"):
        imports.read_rejects(owner, job.pk)
    with pytest.raises(engine.NotFound):
        imports.read_rejects(owner, "0" * 32)
