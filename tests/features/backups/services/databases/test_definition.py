"""Definitions of databases in archives: portable columns, and those of another version."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal
from catalog.models import Collection, Database, State
from catalog.services.metadata.restoration import COLLECTION_COLUMNS
from features.backups.services.databases.definition import check_columns, definition_of, entry_of
from tests.support import MISSING_ID

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_definition_is_json_without_secrets(owner: PersonPrincipal, mine: engine.Database) -> None:
    Database.objects.filter(public_id=mine.id).update(
        rest={"mail_key": "secret"}, public=True, schema_locked=True, attributes={"title": "Mine", "color": "red"}
    )
    definition = definition_of(mine.id)
    assert [*definition] == ["name", "entity_types", "attributes", "collections"]
    assert json.loads(json.dumps(definition)) == definition
    assert [item["name"] for item in definition["collections"]] == ["rows", "empty"]
    assert all({*item} == {*COLLECTION_COLUMNS, "schema_versions"} for item in definition["collections"])
    entry = entry_of(definition, team=owner.home_team, public_id=MISSING_ID)
    assert entry == {
        "name": "mine",
        "entity_types": {},
        "attributes": {"title": "", "color": "red"},
        "rest": {},
        "public": False,
        "schema_locked": False,
        "team": owner.home_team,
        "public_id": MISSING_ID,
    }
    assert definition["attributes"]["title"] == "Mine", "the definition itself is unchanged"


def test_times_are_text_or_null(mine: engine.Database) -> None:
    assert [item["history_since"] for item in definition_of(mine.id)["collections"]] == [None, None]
    Collection.objects.filter(name="rows").update(history_since=datetime(2030, 1, 2, 3, tzinfo=UTC))
    times = [item["history_since"] for item in definition_of(mine.id)["collections"]]
    assert times == ["2030-01-02T03:00:00+00:00", None]


@pytest.mark.parametrize("state", [State.CREATING, State.FILLING, State.DROPPING])
def test_what_is_not_visible_has_no_definition(mine: engine.Database, state: State) -> None:
    Collection.objects.filter(name="empty").update(state=state)
    assert [item["name"] for item in definition_of(mine.id)["collections"]] == ["rows"]
    Database.objects.filter(public_id=mine.id).update(state=state)
    for database_id in (mine.id, MISSING_ID, ""):
        with pytest.raises(engine.NotFound):
            definition_of(database_id)


def whole() -> dict[str, Any]:
    columns: dict[str, Any] = dict.fromkeys(COLLECTION_COLUMNS)
    return {"name": "a", "entity_types": {}, "attributes": {}, "collections": [columns, dict(columns)]}


@pytest.mark.parametrize("missing", ["name", "entity_types", "attributes", "physical", "rules"])
def test_the_columns_of_another_version_are_refused(missing: str) -> None:
    definition = whole()
    check_columns(definition)
    (definition if missing in definition else definition["collections"][1]).pop(missing)
    with pytest.raises(engine.Conflict, match="of another version"):
        check_columns(definition)


def test_a_column_too_many_is_refused() -> None:
    definition = whole()
    definition["collections"][0]["later"] = 1
    with pytest.raises(engine.Conflict, match="of another version"):
        check_columns(definition)
    check_columns({**whole(), "collections": [], "later": 1})
