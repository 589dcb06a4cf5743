"""Names of those who changed documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import engine
from accounts.models import User
from accounts.principal import PersonPrincipal
from accounts.ttl_cache import TtlCache
from catalog.services.creation import create_empty_database
from dialects.communibase import people
from dialects.communibase.people import names_of

UNKNOWN = "a former user"


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a cache without the names of other tests, whose people had the same ids."""
    monkeypatch.setattr(people, "_names", TtlCache[str](seconds=600))


@pytest.fixture
def database(owner: PersonPrincipal) -> engine.Database:
    return create_empty_database(owner, name="first")


def test_names_of_people(
    database: engine.Database, owner: PersonPrincipal, make_principal: Callable[..., PersonPrincipal]
) -> None:
    other = make_principal()
    assert names_of(database, [owner.actor, other.actor, owner.actor]) == {
        owner.actor: owner.email,
        other.actor: other.email,
    }


@pytest.mark.parametrize("actor", ["u0", "u999999999", "k999999999", "", "z", "ux", "x", "x999999999", "xyz"])
def test_who_does_not_exist_has_a_name(database: engine.Database, actor: str) -> None:
    assert names_of(database, [actor]) == {actor: UNKNOWN}


def test_nobody_is_asked_for(database: engine.Database) -> None:
    assert names_of(database, []) == {}


def test_a_name_is_read_once(
    database: engine.Database, owner: PersonPrincipal, django_assert_num_queries: Any
) -> None:
    names_of(database, [owner.actor])
    User.objects.filter(pk=owner.user_id).update(email="new@example.com")
    with django_assert_num_queries(0):
        assert names_of(database, [owner.actor]) == {owner.actor: owner.email}
