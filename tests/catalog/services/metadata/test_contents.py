"""The whole content of a database is published at once."""

from __future__ import annotations

import pytest

import engine
from accounts.principal import AccountPrincipal
from catalog.services.access import open_database
from catalog.services.metadata.contents import CollectionContent, abandon_contents, open_contents, publish_contents
from catalog.services.metadata.databases import begin_titled_database

pytestmark = pytest.mark.usefixtures("quick_drops")
FIELDS = [{"name": "n", "type": "number"}]
CONTENTS = [CollectionContent("b", FIELDS, FIELDS, {}), CollectionContent("a", FIELDS, FIELDS, {})]


def test_what_is_filled_takes_the_place_of_all(owner: AccountPrincipal, database: engine.Database) -> None:
    before = [*open_database(owner, database.id).specs]
    for _ in range(2):  # as after the death of a worker
        targets = open_contents(database.id, filler="job", contents=CONTENTS, actor="anna")
        assert targets is not None
    targets[0].insert([{"n": 1}])
    assert [*open_database(owner, database.id).specs] == before
    attributes = {"file_name": "x.sqlite"}
    for expected in (before, []):
        dropped = publish_contents(database.id, filler="job", contents=CONTENTS, attributes=attributes)
        assert sorted(dropped) == sorted(expected)
    published = open_database(owner, database.id)
    assert ([*published.specs], published.collection("b").count()) == (["b", "a"], 1)
    assert open_contents(database.id, filler="job", contents=CONTENTS, actor="anna") is None


def test_what_is_abandoned_is_gone(owner: AccountPrincipal) -> None:
    profile = begin_titled_database(owner, title="New", attributes={})
    with pytest.raises(engine.NotFound):
        open_database(owner, profile.id)
    open_contents(profile.id, filler="job", contents=CONTENTS, actor="anna")
    abandon_contents(profile.id, filler="job")
    with pytest.raises(engine.NotFound):
        publish_contents(profile.id, filler="job", contents=CONTENTS, attributes={})
