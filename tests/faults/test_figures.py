"""Small versions of the attacks: their responses, however long they take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import (
    figures,
    large_images,
    logins,
    rejected_rows,
    resuming,
    schema_attack,
    statement_bombs,
    wide_bodies,
)
from tests.faults.support import Figure, Service

ATTACKS: dict[str, tuple[Callable[[Service], Figure], str]] = {
    "schema": (lambda service: schema_attack.measure(service, elements=3_000), "400 in "),
    "bodies": (lambda service: wide_bodies.measure(service, size=3_000_000, count=2, settle=0), "401/413; "),
    "images": (lambda service: large_images.measure(service, side=4_000, count=1, settle=0), "201; "),
    "logins": (lambda service: logins.measure(service, count=8, settle=0), "401; "),
    "statements": (
        lambda service: statement_bombs.measure(
            service, tenants=2, bombs=statement_bombs.MEMORY_BOMBS, rounds=1, settle=0
        ),
        "0 of ",
    ),
    "rows": (
        lambda service: rejected_rows.measure(service, rows=3_000, kills=0),
        "('done', 2970, 30, 2970, 2970), 30 listed; ",
    ),
    "events": (lambda service: resuming.measure(service, entries=3_000), "{200} in "),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_answered(service_url: str, home: Path, name: str) -> None:
    attack, answers = ATTACKS[name]
    assert attack(Service(service_url, home)).measured.startswith(answers)


def test_the_table_of_figures() -> None:
    rows = [Figure(1, "one", "2 s", "1 s", ok=True), Figure(2, "another", "2 s", "3 s", ok=False)]
    assert figures.table(rows).splitlines() == [
        "|   | figure  | limit | measured | ok  |",
        "|---|---------|-------|----------|-----|",
        "| 1 | one     | 2 s   | 1 s      | yes |",
        "| 2 | another | 2 s   | 3 s      | NO  |",
    ]
    assert figures.line(rows[1]) == "2  NOT OK  another: 3 s (limit: 2 s)"
