"""Browser keys follow a collection that is renamed."""

from __future__ import annotations

import pytest

import engine
from accounts.principal import PersonPrincipal
from accounts.services.keys import create_key, list_keys_of_person
from catalog.services.access import open_database
from catalog.services.creation import create_database
from catalog.services.metadata.renaming import rename_collection

pytestmark = pytest.mark.usefixtures("quick_drops")
PATHS = ["/films", "/films/**", "/fi*", "/people/*/films", "/films2/**"]


def test_browser_keys_follow(owner: PersonPrincipal, database: engine.Database) -> None:
    web = {"origins": ["*"], "paths": PATHS, "realtime": ["POST:films", "PUT:people", "films"]}
    key = create_key(owner, name="web", databases=[database.id], actions=["read", "insert", "write"], web=web)
    plain = create_key(owner, name="plain", databases=[database.id])
    rename_collection(owner, database.id, "films", to="movies")
    by_id = {item.id: item for item in list_keys_of_person(owner)}
    assert by_id[plain.id].web is None
    restrictions = by_id[key.id].web or {}
    assert restrictions["paths"] == ["/movies", "/movies/**", "/fi*", "/people/*/movies", "/films2/**"]
    assert restrictions["realtime"] == ["POST:movies", "PUT:people", "films"]


def test_a_browser_key_of_several_databases(owner: PersonPrincipal, database: engine.Database) -> None:
    definitions = [{"name": name, "fields": [{"name": "n"}]} for name in ("films", "secrets")]
    other, _ = create_database(owner, name="other", collections=definitions)
    key = create_key(owner, name="web", actions=["read"], web={"origins": ["*"], "paths": ["/films/**"]})
    with pytest.raises(engine.Conflict, match="The browser key 'web' names 'films'"):
        rename_collection(owner, database.id, "films", to="secrets")
    assert [*open_database(owner, database.id).specs] == ["films", "people"]
    rename_collection(owner, database.id, "films", to="movies")
    by_id = {item.id: item for item in list_keys_of_person(owner)}
    assert (by_id[key.id].web or {})["paths"] == ["/films/**", "/movies/**"]
    rename_collection(owner, other.id, "films", to="clips")
    by_id = {item.id: item for item in list_keys_of_person(owner)}
    assert (by_id[key.id].web or {})["paths"] == ["/clips/**", "/movies/**"]
