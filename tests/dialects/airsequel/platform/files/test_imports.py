"""Databases of CSV files: created, replaced, and left as they were on an error."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal
from catalog.models import Database
from catalog.services.access import open_database
from dialects.airsequel.platform.files.imports import create_of_file, replace_by_file

CSV = b"name,age\nJoe,30\nAnn,41\nBob,\n"


def contents(owner: PersonPrincipal, database_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each table, without ids, rowids and stamps."""
    database = open_database(owner, database_id)
    return {
        name: [
            {field: value for field, value in row.items() if field[0] != "_"}
            for row in database.collection(name).find(engine.Query()).documents
        ]
        for name in database.specs
    }


PEOPLE = [{"name": "Joe", "age": 30}, {"name": "Ann", "age": 41}, {"name": "Bob"}]


@pytest.mark.parametrize(
    ("name", "title"),
    [("people.csv", "people"), ("folder/people.csv", "people"), (".csv", "database"), ("people", "database")],
)
def test_a_database_of_a_file(owner: PersonPrincipal, name: str, title: str) -> None:
    database_id = create_of_file(owner, name, CSV)
    (rows,) = contents(owner, database_id).values()
    assert rows == PEOPLE
    assert open_database(owner, database_id).name.startswith(title)


def test_rows_are_inserted_in_batches(owner: PersonPrincipal, settings: Any) -> None:
    create_of_file(owner, "first.csv", CSV)
    settings.IMPORT_BATCH_DOCUMENTS = 2
    database_id = create_of_file(owner, "people.csv", CSV)
    assert contents(owner, database_id) == {"people": PEOPLE}


@pytest.mark.parametrize("content", [b"", b"\xff", b"a\0\n1\n", b"SQLite format 3\0"])
def test_a_file_that_is_refused_creates_nothing(owner: PersonPrincipal, content: bytes) -> None:
    with pytest.raises(engine.Invalid) as refused:
        create_of_file(owner, "people.csv", content)
    assert [error.field for error in refused.value.errors] == ["file"]
    assert not Database.objects.filter(team_id=owner.home_team).exists()


@pytest.mark.usefixtures("quick_drops")
def test_all_tables_are_replaced(owner: PersonPrincipal) -> None:
    database_id = create_of_file(owner, "people.csv", CSV)
    replace_by_file(owner, database_id, "pets.csv", b"pet\nRex\n")
    assert contents(owner, database_id) == {"pets": [{"pet": "Rex"}]}
    replace_by_file(owner, database_id, "pets.csv", b"pet\nTom\n")
    assert contents(owner, database_id) == {"pets": [{"pet": "Tom"}]}
    with pytest.raises(engine.Invalid):
        replace_by_file(owner, database_id, "people.csv", b"\xff")
    assert contents(owner, database_id) == {"pets": [{"pet": "Tom"}]}
