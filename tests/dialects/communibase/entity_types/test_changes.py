"""Changes of entity types whose collection is large, so that a worker converts its documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import catalog.services
import catalog.waiting
import engine
import engine.jobs
from accounts.principal import PersonPrincipal
from dialects.communibase.entity_types import changes
from dialects.communibase.entity_types.catalog import EntityTypes
from dialects.communibase.entity_types.declaration import parse_declaration
from features.jobs import tasks

Change = Callable[..., EntityTypes]
PERSON = {"title": "Person", "attributes": [{"title": "number", "type": "string"}]}
NUMBERS = {"title": "Person", "attributes": [{"title": "number", "type": "number", "renderHint": "wide"}]}


@pytest.fixture
def database(owner: PersonPrincipal) -> engine.Database:
    """Create a database with an entity type and one document of it."""
    created, _ = catalog.services.creation.create_database(
        owner, name="first", collections=[{"name": "films", "fields": [{"name": "n"}]}]
    )
    types = EntityTypes.of(created)
    changes.create(owner, created, types, parse_declaration(PERSON, types))
    opened = catalog.services.access.open_database(owner, created.id, collection="Person")
    opened.collection("Person").insert([{"number": "5"}])
    return opened


@pytest.fixture
def change(owner: PersonPrincipal, database: engine.Database, settings: Any) -> Change:
    """Return a function that changes the entity type, and returns the types after it."""
    settings.CACHE_SECONDS = 0
    settings.INLINE_JOB_DOCUMENTS = 0

    def change(body: dict[str, Any], *, seconds: float) -> EntityTypes:
        settings.MAX_WAIT_SECONDS = seconds
        types = changes.current_types(owner, database)
        changes.change(owner, database, types, parse_declaration(body, types))
        return changes.current_types(owner, database)

    return change


def number_of(owner: PersonPrincipal, database: engine.Database) -> Any:
    opened = catalog.services.access.open_database(owner, database.id)
    return opened.collection("Person").find(engine.Query()).documents[0]["number"]


def test_a_request_waits_for_the_worker(
    owner: PersonPrincipal, database: engine.Database, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[str] = []
    monkeypatch.setattr(tasks.run_job, "delay", queued.append)
    monkeypatch.setattr(catalog.waiting, "wait", lambda seconds: tasks.run_job(queued[0]))
    person = change(NUMBERS, seconds=60).get("Person")
    assert person is not None
    assert [dict(item.raw) for item in person.attributes] == NUMBERS["attributes"]
    assert (number_of(owner, database), len(queued)) == (5, 1)


def test_the_same_request_continues(
    owner: PersonPrincipal, database: engine.Database, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[str] = []
    monkeypatch.setattr(tasks.run_job, "delay", queued.append)
    text = "The collection 'Person' is large: its documents are still being converted."
    for _ in range(2):  # the second request waits for the same job
        with pytest.raises(engine.Unavailable, match=text) as error:
            change(NUMBERS, seconds=0)
        assert error.value.retry_after == 10
    assert (number_of(owner, database), len(queued)) == ("5", 1)
    tasks.run_job(queued[0])
    person = change(NUMBERS, seconds=0).get("Person")
    assert person is not None
    assert person.by_title["number"].raw["renderHint"] == "wide"
    assert (number_of(owner, database), len(queued)) == (5, 1)


def test_documents_that_do_not_fit(
    owner: PersonPrincipal, database: engine.Database, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.run_job, "delay", tasks.run_job)
    database.collection("Person").insert([{"number": "five"}])
    with pytest.raises(engine.Conflict, match="1 documents do not fit"):
        change(NUMBERS, seconds=0)
    assert number_of(owner, database) == "5"


LISTED = {
    "title": "Person",
    "attributes": [
        {"title": "number", "type": "number", "allowableValues": {"valueType": "List", "values": [5, 6]}},
    ],
}


def test_while_a_change_runs_another_one_is_refused(
    owner: PersonPrincipal, database: engine.Database, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[str] = []
    monkeypatch.setattr(tasks.run_job, "delay", queued.append)
    with pytest.raises(engine.Unavailable):
        change(NUMBERS, seconds=0)
    for body in (LISTED, PERSON):
        with pytest.raises(engine.Conflict, match="Another change of the collection 'Person' runs") as error:
            change(body, seconds=0)
        assert error.value.retry_after == 10
    assert (number_of(owner, database), len(queued)) == ("5", 1)


def test_a_change_that_outlives_its_request_declares_the_entity_type(
    owner: PersonPrincipal, database: engine.Database, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[str] = []
    monkeypatch.setattr(tasks.run_job, "delay", queued.append)
    with monkeypatch.context() as patch:
        patch.setattr(engine.jobs.Migration, "run", _interrupted)
        with pytest.raises(engine.Unavailable):
            change(LISTED, seconds=0)
        tasks.run_job(queued[0])  # publishes the schema, and is interrupted while it converts
        with pytest.raises(engine.Unavailable, match="still being converted"):
            change(LISTED, seconds=0)
        with pytest.raises(engine.Conflict, match="Another change"):
            change(NUMBERS, seconds=0)
    tasks.run_job(queued[0])
    person = changes.current_types(owner, database).get("Person")
    assert person is not None
    assert [dict(item.raw) for item in person.attributes] == LISTED["attributes"]
    monkeypatch.setattr(tasks.run_job, "delay", tasks.run_job)
    person = change(NUMBERS, seconds=0).get("Person")
    assert person is not None
    assert [dict(item.raw) for item in person.attributes] == NUMBERS["attributes"]
    rules = catalog.services.access.open_database(owner, database.id).specs["Person"].schema.rules
    assert rules is None or "enum" not in str(rules.raw)


def _interrupted(*_: object) -> None:
    raise engine.Unavailable("MongoDB does not answer.")
