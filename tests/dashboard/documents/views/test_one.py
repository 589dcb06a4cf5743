"""Documents: grid, single values, JSON editor and deletion."""

from __future__ import annotations

import re
from typing import Any

import pytest

import engine
from engine.indexes import NewIndex
from tests.dashboard.conftest import HTMX, Browser, text_of


@pytest.fixture
def grid(films: engine.Database) -> str:
    return f"db/{films.id}/c/films"


@pytest.fixture
def slam(films: engine.Database) -> str:
    return str(films.collection("films").find(engine.Query(filter={"title": "Slam"})).documents[0]["_id"])


def current(films: engine.Database, document_id: str) -> dict[str, Any]:
    return films.collection("films").find(engine.Query(filter={"_id": document_id})).documents[0]


def change(browser: Browser, grid: str, document_id: str, **overrides: str) -> Any:
    data = {"name": "title", "version": "1", "kind": "text", "value": "New", "shown": ["_id", "title"], **overrides}
    return browser.post(f"{grid}/d/{document_id}/cell", data, headers=HTMX)


# --- the grid -----------------------------------------------------------------------------------------


def test_declared_and_undeclared_fields_are_columns(anna: Browser, films: engine.Database, grid: str) -> None:
    films.collection("films").insert([{"title": "Odd", "extra": {"a": [1, 2]}}])
    page = anna.get(grid).content.decode()
    assert re.findall(r'data-column="(\w+)"', page) == ["title", "_id", "rating", "extra"]
    assert "{1} a: […]" in page
    assert "3 documents exact" in text_of(anna.get(grid))


@pytest.mark.parametrize(
    ("query", "status", "expected"),
    [
        ("?filter=%7B%22rating%22%3A%7B%22%24gt%22%3A3%7D%7D", 200, {"Slam"}),
        ("?filter=%7B%22rating%22%3A99%7D", 200, set()),
        ("?filter=%7B%22rating", 400, set()),
        ("?filter=%5B%5D", 400, set()),
        ("?filter=%7B%22%24where%22%3A%221%22%7D", 400, set()),
        ("?cursor=nonsense", 400, set()),
        ("?size=zero&offset=-1&sort=rating&column=title", 200, {"Slam", "Pirates"}),
    ],
)
def test_an_address_is_a_view(anna: Browser, grid: str, query: str, status: int, expected: set[str]) -> None:
    answer = anna.get(grid + query)
    text = text_of(answer)
    assert (answer.status_code, {name for name in ("Slam", "Pirates") if name in text}) == (status, expected)
    assert status == 200 or 'aria-invalid="true"' in answer.content.decode()


def test_next_and_previous_page(anna: Browser, films: engine.Database, grid: str) -> None:
    films.collection("films").insert([{"title": f"Film {number:02}"} for number in range(60)])
    first = anna.get(f"{grid}?size=25&sort=%2B:title")
    address = re.search(r'rel="next" href="([^"]*)"', first.content.decode())[1].replace("&amp;", "&")
    second = anna.get(grid + address)
    assert ("Film 24" in text_of(first), "Film 25" in text_of(second)) == (True, True)
    assert "Film 24" not in text_of(second)
    back = re.search(r'rel="prev" href="([^"]*)"', second.content.decode())[1].replace("&amp;", "&")
    assert "Film 00" in text_of(anna.get(grid + back))


def test_the_count_is_a_fragment(anna: Browser, grid: str) -> None:
    answer = anna.get(f"{grid}/count?filter=%7B%22title%22%3A%22Slam%22%7D", headers=HTMX)
    assert "1 document exact" in text_of(answer)


def test_a_document_has_an_address(anna: Browser, grid: str, slam: str) -> None:
    assert anna.get(f"{grid}/d/{slam}").headers["Location"] == f"/dashboard/{grid}?doc={slam}"
    assert "data-drawer" in anna.get(f"{grid}?doc={slam}").content.decode()
    assert "<html" not in anna.get(f"{grid}/d/{slam}", headers=HTMX).content.decode()
    gone = anna.get(f"{grid}?doc=60c72b2f9b1d8b1a2d3e4568")
    assert (gone.status_code, "not found" in text_of(gone)) == (200, True)
    assert "Document nonsense not found." in text_of(anna.get(f"{grid}/d/nonsense", headers=HTMX))


# --- one value ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form_data", "field", "value"),
    [
        ({"value": "New\r\nline"}, "title", "New\nline"),
        ({"name": "rating", "kind": "number", "value": "4.5"}, "rating", 4.5),
        ({"name": "rating", "kind": "number", "value": ""}, "rating", None),
        ({"name": "extra", "kind": "json", "value": '{"a": [1]}'}, "extra", {"a": [1]}),
        ({"name": "extra", "kind": "bool", "value": "true"}, "extra", True),
        ({"name": "extra", "kind": "null", "value": "x"}, "extra", None),
    ],
)
def test_a_value_is_changed(
    anna: Browser, films: engine.Database, grid: str, slam: str, form_data: Any, field: str, value: Any
) -> None:
    answer = change(anna, grid, slam, **form_data)
    assert (answer.status_code, answer.content.decode().lstrip()[:3]) == (200, "<tr")
    assert (current(films, slam)[field], current(films, slam)["_sys"]["version"]) == (value, 2)


@pytest.mark.parametrize(
    ("form_data", "text"),
    [
        ({"name": "extra", "kind": "bool", "value": "yes"}, "Must be true or false"),
        ({"name": "rating", "kind": "number", "value": "[[1]]"}, "Must be a number"),
        ({"name": "rating", "kind": "number", "value": "many"}, "Must be a number"),
        ({"name": "rating", "kind": "text", "value": "many"}, "Must be a number"),
        ({"kind": "json", "value": "{"}, "not valid"),
        ({"kind": "null"}, "This field is required"),
        ({"name": "_id"}, "cannot be written"),
        ({"name": "a.b.$c"}, "must not begin"),
        ({"kind": "spell"}, "Unknown kind"),
    ],
)
def test_an_invalid_value_stays_in_the_form(
    anna: Browser, films: engine.Database, grid: str, slam: str, form_data: Any, text: str
) -> None:
    before = current(films, slam)
    answer = change(anna, grid, slam, **form_data)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (400, "closest [data-cell-form]")
    assert text in text_of(answer)
    assert current(films, slam) == before


@pytest.mark.parametrize(
    ("value", "status", "text"), [('"Pirates"', 409, "title"), ("[" * 40 + "]" * 40, 413, "nested deeper")]
)
def test_a_refused_value_stays_in_every_form(
    anna: Browser, films: engine.Database, grid: str, slam: str, value: str, status: int, text: str
) -> None:
    films.collection("films").indexes.create(NewIndex([("title", 1)], unique=True))
    answer = change(anna, grid, slam, kind="json", value=value)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (status, "closest [data-cell-form]")
    assert text in text_of(answer)
    for path in (f"{grid}/d/{slam}/edit", f"{grid}/new"):
        document = f'{{"title": {value}}}'
        answer = anna.post(path, {"document": document, "version": "1"})
        assert answer.context["text"] == document
    assert current(films, slam)["title"] == "Slam"


def test_a_conflict_is_shown_and_nothing_is_lost(
    anna: Browser, films: engine.Database, grid: str, slam: str
) -> None:
    assert change(anna, grid, slam, value="Theirs").status_code == 200
    answer = change(anna, grid, slam, value="Mine")
    page = answer.content.decode()
    assert (answer.status_code, current(films, slam)["title"]) == (409, "Theirs")
    assert "This document was changed by another user" in page
    assert "Mine</textarea>" in page and "Theirs" in page and 'name="version" value="2"' in page
    assert change(anna, grid, slam, value="Mine", version="2").status_code == 200
    assert current(films, slam)["title"] == "Mine"


# --- a whole document ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{\n  "title": \n}', "Line 3, column 1"),
        ('{\n  "title": "a",\n  "rating": "many"\n}', "Line 3, column 3 : rating: Must be a number."),
        ('{"title": "a",\n "title": "b"}', "Line 2"),
        ("[]", "must be a JSON object"),
        ("{}", "title: This field is required."),
        ('{"title": "a", "_id": 1}', "cannot be written"),
    ],
)
def test_errors_are_shown_with_their_position(
    anna: Browser, films: engine.Database, grid: str, slam: str, text: str, error: str
) -> None:
    for path in (f"{grid}/d/{slam}/edit", f"{grid}/new"):
        answer = anna.post(path, {"document": text, "version": "1"})
        assert (answer.status_code, error in text_of(answer)) == (400, True), text_of(answer)
        assert anna.post(path, {"document": text}).context["text"] == text
    assert films.collection("films").count() == 2


def test_a_document_is_created_duplicated_and_saved(
    anna: Browser, films: engine.Database, grid: str, slam: str
) -> None:
    created = anna.post(f"{grid}/new", {"document": '{"title": "Made"}'})
    assert created.status_code == 302
    assert "Slam" in anna.get(f"{grid}/new?like={slam}").context["text"]
    saved = anna.post(f"{grid}/d/{slam}/edit", {"document": '{"title": "Whole"}', "version": "1"})
    assert saved.headers["Location"].endswith(f"?doc={slam}")
    assert current(films, slam).keys() == {"_id", "_sys", "title"}
    late = anna.post(f"{grid}/d/{slam}/edit", {"document": '{"title": "Late"}', "version": "1"})
    assert (late.status_code, late.context["text"], "Whole" in late.context["current"]) == (
        409,
        '{"title": "Late"}',
        True,
    )


# --- deleting -----------------------------------------------------------------------------------------


def test_deletion_is_confirmed_and_undone(anna: Browser, films: engine.Database, grid: str, slam: str) -> None:
    confirmation = anna.post(f"{grid}/delete", {"ids": [slam]})
    assert "Delete 1 document?" in text_of(confirmation)
    assert films.collection("films").count() == 2
    assert anna.post(f"{grid}/delete", {"ids": [slam], "expected": "1"}).status_code == 302
    assert films.collection("films").count() == 1
    assert "1 document deleted." in text_of(anna.get(grid))
    assert anna.post(f"{grid}/undo").status_code == 302
    assert current(films, slam)["title"] == "Slam"
    assert anna.post(f"{grid}/undo").status_code == 404


def test_a_changed_number_deletes_nothing(anna: Browser, films: engine.Database, grid: str) -> None:
    form_data = {"scope": "filter", "filter": "{}", "expected": "1"}
    answer = anna.post(f"{grid}/delete", form_data)
    assert (answer.status_code, "number of matching documents has changed" in text_of(answer)) == (409, True)
    assert films.collection("films").count() == 2
    assert anna.post(f"{grid}/delete", {**form_data, "expected": "2"}).status_code == 302
    assert films.collection("films").count() == 0
    assert anna.post(f"{grid}/undo").status_code == 302
    assert films.collection("films").count() == 2


@pytest.mark.parametrize("form_data", [{}, {"ids": ["nonsense"]}, {"scope": "filter", "filter": "["}])
def test_invalid_deletions(anna: Browser, films: engine.Database, grid: str, form_data: Any) -> None:
    assert anna.post(f"{grid}/delete", form_data).status_code in (400, 404)
    assert films.collection("films").count() == 2
