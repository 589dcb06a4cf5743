"""Fixtures of SQL: a database in memory."""

from __future__ import annotations

from typing import Any

import pytest

from tests.features.sql.support import MemoryDatabase, memory_database, people_database

USERS: list[dict[str, Any]] = [
    {"name": "Ada", "age": 36, "team": "a"},
    {"name": "Bob", "age": 20, "team": "b"},
    {"name": "Zoë", "team": "a"},
]
COLUMNS = [("name", "TEXT"), ("age", "INTEGER"), ("team", "TEXT")]
TEAMS = ([("id", "key"), ("title", "TEXT")], [{"title": "First"}, {"title": "Second"}])


@pytest.fixture
def database() -> MemoryDatabase:
    return memory_database(users=(COLUMNS, USERS), teams=TEAMS)


@pytest.fixture
def people() -> MemoryDatabase:
    """Return people with a unique e-mail, and logs without any constraint."""
    return people_database()
