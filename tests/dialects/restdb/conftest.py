"""Fixtures of the REST dialect: a tenant's database as its clients see it."""

from __future__ import annotations

import pytest

from tests.dialects.restdb.support import Rest
from tests.support import Tenant

PEOPLE = [
    {"name": "name", "required": True},
    {"name": "age", "type": "number"},
    {"name": "born", "type": "date"},
    {"name": "email", "unique": True},
]


@pytest.fixture(scope="module")
def rest(anna: Tenant) -> Rest:
    """A client of a database with the collections `people` and `pets`."""
    anna.add({"name": "people", "fields": PEOPLE}, {"name": "pets", "fields": [{"name": "name"}]})
    return Rest(anna)


@pytest.fixture
def people(rest: Rest) -> list[str]:
    """The ids of Joe, Ann and Bob, the only people."""
    rest.empty("people", "pets")
    return rest.create("people", {"name": "Joe", "age": 30}, {"name": "Ann", "age": 41}, {"name": "Bob"})
