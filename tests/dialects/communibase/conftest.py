"""Fixtures of the Communibase dialect: a tenant's database as its connector sees it."""

from __future__ import annotations

import pytest

from tests.dialects.communibase.support import Communibase
from tests.support import Tenant

PEOPLE = [
    {"name": "name", "required": True},
    {"name": "age", "type": "number"},
    {"name": "born", "type": "datetime"},
    {"name": "friendId", "type": "objectid"},
    {"name": "email", "unique": True},
]


@pytest.fixture(scope="module")
def communibase(anna: Tenant) -> Communibase:
    """A client of a database whose only key names it by being the only one."""
    return Communibase(anna)


@pytest.fixture(scope="module")
def person(communibase: Communibase) -> str:
    """The title of an entity type, whose documents are Joe, Ann and Bob."""
    title = communibase.new_type(*PEOPLE)
    joe, _, _ = communibase.create(
        title,
        {"name": "Joe", "age": 30, "born": "1980-05-01T10:00:00+02:00"},
        {"name": "Ann", "age": 41, "born": "1990-01-01T00:00:00.000Z"},
        {"name": "Bob", "pets": [{"kind": "cat", "age": 2}, {"kind": "dog", "age": 9}]},
    )
    ann = communibase.search(title, {"name": "Ann"})[0]
    communibase.get(f"PUT {title}.json/crud/{ann['_id']}", json={**ann, "friendId": joe})
    return title
