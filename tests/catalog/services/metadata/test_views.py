"""Views of a database: who stores them, and how many."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from accounts.principal import AccountPrincipal
from catalog.services.metadata.attributes import attributes_of, change_profile
from catalog.services.metadata.views import change_views, views_of

ONE, TWO = "CREATE VIEW one AS SELECT 1", "CREATE VIEW two AS SELECT 2"


def test_views_are_stored_and_dropped(owner: AccountPrincipal, database: engine.Database, settings: Any) -> None:
    assert views_of(database.id) == {}
    change_views(owner, database.id, {"one": ONE})
    change_views(owner, database.id, {"two": TWO, "one": ONE + "1"})
    change_profile(owner, database.id, attributes={"description": "x"})
    assert views_of(database.id) == {"one": ONE + "1", "two": TWO}
    assert attributes_of(database.id).description == "x"
    change_views(owner, database.id, {"one": None})
    settings.MAX_VIEWS = 1
    with pytest.raises(engine.TooLarge, match="at most 1 views"):
        change_views(owner, database.id, {"one": ONE})
    with pytest.raises(engine.Invalid, match="May only contain"):
        change_views(owner, database.id, {"no name": ONE})
    change_profile(owner, database.id, schema_locked=True)
    with pytest.raises(engine.Forbidden, match="locked"):
        change_views(owner, database.id, {"two": None})
    with pytest.raises(engine.NotFound):
        change_views(owner, "0" * 24, {"two": None})
    assert views_of(database.id) == {"two": TWO}
