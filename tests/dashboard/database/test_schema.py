"""Schema changes with a preview; creation and deletion of indexes."""

from __future__ import annotations

from typing import Any

import pytest

import catalog.services
import engine
from engine.context import now
from engine.encoding import dumps
from engine.indexes import NewIndex
from tests.dashboard.conftest import Browser, text_of

pytestmark = pytest.mark.usefixtures("quick_drops")
ADD = {"op": "add", "field-0-name": "year", "field-0-type": "number"}


def fields_of(browser: Browser, database: engine.Database) -> dict[str, str]:
    about = catalog.services.retention.describe_collection(browser.principal, database.id, "films")
    return {field["name"]: field["type"] for field in about["fields"]}


def change(browser: Browser, database: engine.Database, **form_data: str) -> Any:
    return browser.post(f"db/{database.id}/c/films/schema", form_data)


def test_a_change_is_previewed_first(anna: Browser, films: engine.Database) -> None:
    preview = change(anna, films, **ADD)
    assert preview.status_code == 200
    assert "Add the field year (number)." in text_of(preview)
    assert "0 documents will be changed" in text_of(preview)
    assert 'name="field-0-name" value="year"' in preview.content.decode()
    assert "year" not in fields_of(anna, films)
    assert change(anna, films, **ADD, step="apply").status_code == 302
    assert fields_of(anna, films)["year"] == "number"


def test_a_rename_moves_the_values(anna: Browser, films: engine.Database) -> None:
    form_data = {"op": "rename", "name": "title", "to": "name"}
    assert "2 documents will be changed" in text_of(change(anna, films, **form_data))
    assert change(anna, films, **form_data, step="apply").status_code == 302
    assert set(fields_of(anna, films)) == {"name", "rating"}


def test_a_change_that_values_do_not_fit_is_refused(anna: Browser, films: engine.Database) -> None:
    form_data = {"op": "retype", "field-0-name": "title", "field-0-type": "number"}
    preview = change(anna, films, **form_data)
    assert "2 documents have values that do not fit" in text_of(preview)
    assert "Apply change" not in text_of(preview)
    refused = change(anna, films, **form_data, step="apply")
    assert (refused.status_code, "do not fit the new schema" in text_of(refused)) == (400, True)
    assert fields_of(anna, films)["title"] == "string"


@pytest.mark.parametrize(
    ("form_data", "error"),
    [
        ({"op": "add", "field-0-name": "title", "field-0-type": "string"}, "title"),
        ({"op": "add", "field-0-name": ""}, "Enter the name of the field."),
        ({"op": "drop", "name": "nothing"}, "nothing"),
        ({"op": "rename", "name": "title", "to": ""}, "operations.0.to"),
        ({"op": "none"}, "Unknown change."),
        ({"op": "rules", "history": "on", "history_days": "x"}, "whole numbers"),
    ],
)
def test_errors_of_a_change(anna: Browser, films: engine.Database, form_data: Any, error: str) -> None:
    before = fields_of(anna, films)
    answer = change(anna, films, **form_data)
    assert (answer.status_code, error in text_of(answer)) == (400, True)
    assert fields_of(anna, films) == before


def test_rules_of_the_collection(anna: Browser, films: engine.Database) -> None:
    form_data = {"op": "rules", "strict": "on", "history": "on", "history_days": "30", "step": "apply"}
    assert change(anna, films, **form_data).status_code == 302
    about = catalog.services.retention.describe_collection(anna.principal, films.id, "films")
    assert (about["strict"], about["history"]["enabled"], about["history"]["days"]) == (True, True, 30)


def declared(browser: Browser, database: engine.Database, name: str) -> dict[str, Any]:
    about = catalog.services.retention.describe_collection(browser.principal, database.id, "films")
    return next(field for field in about["fields"] if field["name"] == name)


@pytest.mark.parametrize(
    ("form_data", "declaration"),
    [
        ({"type": "string", "default": "draft"}, {"type": "string", "default": "draft"}),
        ({"type": "number", "default": "0.5"}, {"type": "number", "default": 0.5}),
        ({"type": "boolean", "default": "false"}, {"type": "boolean", "default": False}),
        ({"type": "array", "default": '["a"]'}, {"type": "array", "default": ["a"]}),
        ({"type": "string", "template": "{{title}}!"}, {"type": "string", "template": "{{title}}!"}),
        ({"type": "reference", "collection": "films", "many": "on"}, {"type": "reference", "many": True}),
        (
            {"type": "string", "unique": "on", "case_insensitive": "on"},
            {"type": "string", "unique": True, "case_insensitive": True},
        ),
        ({"type": "number", "many": "on", "case_insensitive": "on"}, {"type": "number"}),
    ],
)
def test_a_field_with_all_its_rules(
    anna: Browser, films: engine.Database, form_data: dict[str, str], declaration: dict[str, Any]
) -> None:
    sent = {"op": "add", "field-0-name": "extra", **{f"field-0-{name}": value for name, value in form_data.items()}}
    assert change(anna, films, **sent).status_code == 200
    assert change(anna, films, **sent, step="apply").status_code == 302
    field = declared(anna, films, "extra")
    assert {name: field.get(name) for name in declaration} == declaration
    assert ("many" in field, "case_insensitive" in field) == (
        "many" in declaration,
        "case_insensitive" in declaration,
    )
    # The form of the field has its declaration, so that a change keeps it.
    page = anna.get(f"db/{films.id}/c/films/schema").content.decode()
    assert "field-0-default" in page
    if type(declaration.get("default")) is str:
        assert 'name="field-0-default" value="draft"' in page


def test_a_default_that_is_not_json_is_refused(anna: Browser, films: engine.Database) -> None:
    answer = change(anna, films, **ADD, **{"field-0-default": "{"})
    assert (answer.status_code, "default" in text_of(answer)) == (400, True)
    answer = change(anna, films, **ADD, **{"field-0-default": '"x"'})
    assert (answer.status_code, "Must be a number" in text_of(answer)) == (400, True)
    assert "year" not in fields_of(anna, films)


def test_a_json_schema_is_set_kept_and_removed(anna: Browser, films: engine.Database) -> None:
    def stored() -> Any:
        return catalog.services.retention.describe_collection(anna.principal, films.id, "films")["json_schema"]

    rules = {"op": "rules", "history": "on"}
    schema = {"properties": {"rating": {"maximum": 10}}}
    form_data = {**rules, "json_schema": dumps(schema).decode()}
    assert "validate with the JSON Schema" in text_of(change(anna, films, **form_data))
    assert change(anna, films, **form_data, step="apply").status_code == 302
    assert stored() == schema
    assert "&quot;maximum&quot;: 10" in anna.get(f"db/{films.id}/c/films/schema").content.decode()
    assert change(anna, films, **rules, step="apply").status_code == 302
    assert stored() == schema
    broken = change(anna, films, **{**rules, "json_schema": "{"})
    assert broken.status_code == 400
    tight = {**rules, "json_schema": '{"properties": {"rating": {"maximum": 1}}}'}
    assert "1 document has values that do not fit" in text_of(change(anna, films, **tight))
    assert change(anna, films, **rules, json_schema="", step="apply").status_code == 302
    assert stored() is None


def test_indexes_are_created_and_dropped(anna: Browser, films: engine.Database) -> None:
    path = f"db/{films.id}/c/films/indexes"
    assert anna.post(path, {"paths": "title\nrating", "order": "1"}).status_code == 302
    assert "title_1_rating_1" in text_of(anna.get(path))
    assert anna.post(path, {"paths": ""}).status_code == 400
    assert anna.post(f"{path}/drop", {"name": "title_1_rating_1"}).status_code == 302
    assert [index.name for index in films.collection("films").indexes.all()] == ["_id_"]
    assert anna.post(f"{path}/drop", {"name": "_id_"}).status_code == 409
    assert anna.post(f"{path}/drop", {"name": "none"}).status_code == 404


def test_documents_with_duplicate_values_are_shown(anna: Browser, films: engine.Database) -> None:
    films.collection("films").insert([{"title": "Slam"}])
    answer = anna.post(f"db/{films.id}/c/films/indexes", {"paths": "title", "unique": "on"})
    assert (answer.status_code, "Cannot create a unique index" in text_of(answer)) == (400, True)
    text = text_of(answer)
    assert "title: &quot;Slam&quot;" in text
    for document in films.collection("films").find(engine.Query({"title": "Slam"})).documents:
        assert str(document["_id"]) in text


def test_an_index_on_a_misspelt_field_has_a_warning(anna: Browser, films: engine.Database) -> None:
    path = f"db/{films.id}/c/films/indexes"
    assert anna.post(path, {"paths": "Titel"}).status_code == 302
    assert "Did you mean &#x27;title&#x27;?" in text_of(anna.get(path))
    assert anna.post(path, {"paths": "title"}).status_code == 302
    assert "Did you mean" not in text_of(anna.get(path))


def test_equal_reasons_are_grouped_with_the_values(anna: Browser, films: engine.Database) -> None:
    form_data = {"op": "retype", "field-0-name": "title", "field-0-type": "date"}
    text = text_of(change(anna, films, **form_data))
    assert text.count("Must be an ISO 8601 date") == 3  # once as a reason, and beside each of two documents
    assert "2 documents, such as &quot;" in text
    refused = text_of(change(anna, films, **form_data, step="apply"))
    assert refused.count("Must be an ISO 8601 date") == 1


def test_the_indexes_of_a_field_are_named_before_a_change(anna: Browser, films: engine.Database) -> None:
    films.collection("films").indexes.create(NewIndex([("title", 1)]))
    text = text_of(change(anna, films, op="rename", name="title", to="name"))
    assert "The index title_1 moves to name_1 ." in text
    text = text_of(change(anna, films, op="drop", name="title"))
    assert "The index title_1 is dropped with the field." in text


def test_a_restore_reports_schema_changes(anna: Browser, films: engine.Database) -> None:
    timestamp = now().isoformat()
    assert change(anna, films, op="rename", name="title", to="name", step="apply").status_code == 302
    texts = {"": "A restore brings documents back as they were", "1": "The documents are as they were"}
    for sure, expected in texts.items():
        sent = anna.post(f"db/{films.id}/restore", {"at": timestamp, "collection": "films", "sure": sure})
        page = text_of(anna.get(sent.headers["Location"].removeprefix("/dashboard/")))
        assert "The schema of films has changed since then" in page
        assert expected in page
        assert "title : string then, not declared now" in page
        assert "name : not declared then, string now" in page
