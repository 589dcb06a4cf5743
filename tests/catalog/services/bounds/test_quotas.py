"""Quotas of a team: writes and creations above them are refused, reads and deletions are not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import catalog.services
import engine
from accounts.principal import PersonPrincipal
from accounts.services.quotas import team_limits
from catalog.services.bounds import quotas
from catalog.services.bounds.quotas import NO_QUOTA, check_import_size, quota_of
from engine.query import Query

COLLECTIONS = [{"name": "films", "fields": [{"name": "Title"}], "history": False}]


@pytest.fixture
def films(make_principal: Callable[..., PersonPrincipal]) -> Callable[..., engine.Collection]:
    """Return `films(**limits)`, which sets limits of a team and opens its collection of films."""
    quotas._measured.clear()  # the ids of teams are used again after a test
    principal = make_principal()
    database, _ = catalog.services.creation.create_database(principal, name="quota_films", collections=COLLECTIONS)

    def opened(**limits: int) -> engine.Collection:
        team_limits.set_limits(principal.home_team, limits)
        catalog.services.access.invalidate(database.id)
        return catalog.services.access.open_database(principal, database.id).collection("films")

    opened.principal = principal  # type: ignore[attr-defined]
    opened.id = database.id  # type: ignore[attr-defined]
    return opened


@pytest.mark.parametrize("quota", [1, 5])
def test_documents_are_bounded_one_by_one(films, quota: int) -> None:
    collection = films(documents=quota)
    for number in range(quota):
        collection.insert([{"Title": str(number)}])
    with pytest.raises(engine.Forbidden, match=rf"quota `documents` is reached: {quota} of {quota} are used"):
        collection.insert([{"Title": "one more"}])
    assert collection.count() == quota
    collection.delete(Query({"Title": "0"}))
    collection.insert([{"Title": "again"}])
    assert films(documents=0).insert([{"Title": "more"}, {"Title": "and more"}])


def test_bytes_are_bounded(films) -> None:
    with pytest.raises(engine.Forbidden, match="quota `bytes` is reached"):
        films(bytes=1).insert([{"Title": "x"}])


def test_databases_and_collections_are_bounded(films) -> None:
    films(databases=1, collections=2)
    principal = films.principal
    with pytest.raises(engine.Forbidden, match="quota `databases` is reached: 1 of 1"):
        catalog.services.creation.create_database(principal, name="second", collections=COLLECTIONS)
    more = [{"name": name, "fields": [{"name": "a"}]} for name in ("a", "b")]
    with pytest.raises(engine.Forbidden, match="quota `collections` is reached: 1 of 2"):
        catalog.services.creation.add_collections(principal, films.id, collections=more)
    catalog.services.creation.add_collections(principal, films.id, collections=more[:1])


def test_the_size_of_an_import(settings) -> None:
    check_import_size(NO_QUOTA, settings.MAX_IMPORT_BYTES)
    with pytest.raises(engine.TooLarge, match=r"The file has 11 bytes; the team's limit `import_bytes` is 10\."):
        check_import_size(quota_of({"import_bytes": 10}), 11)


def test_a_far_quota_is_measured_seldom(films, settings, monkeypatch: pytest.MonkeyPatch) -> None:
    collection, measured = films(documents=1000), []
    measure = quotas.team_size
    monkeypatch.setattr(quotas, "team_size", lambda *arguments: measured.append(1) or measure(*arguments))
    settings.CACHE_SECONDS = 3600
    for _ in range(20):
        collection.insert([{"Title": "x"}])
    assert len(measured) == 1
