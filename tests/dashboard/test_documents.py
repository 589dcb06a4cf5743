"""The grid, one document, and deleting with a way back."""

from __future__ import annotations

import re
from typing import Any

import pytest

import engine
from tests.dashboard.conftest import HTMX, Browser, text_of


@pytest.fixture
def grid(films: engine.Database) -> str:
    return f"db/{films.id}/c/films"


@pytest.fixture
def slam(films: engine.Database) -> str:
    return str(films.collection("films").find(engine.Query(filter={"title": "Slam"})).documents[0]["_id"])


def now(films: engine.Database, document_id: str) -> dict[str, Any]:
    return films.collection("films").find(engine.Query(filter={"_id": document_id})).documents[0]


def change(browser: Browser, grid: str, document_id: str, **given: str) -> Any:
    data = {"name": "title", "version": "1", "kind": "text", "value": "New", "shown": ["_id", "title"], **given}
    return browser.post(f"{grid}/d/{document_id}/cell", data, headers=HTMX)


# --- the grid -----------------------------------------------------------------------------------------


def test_declared_and_undeclared_fields_are_columns(anna: Browser, films: engine.Database, grid: str) -> None:
    films.collection("films").insert([{"title": "Odd", "extra": {"a": [1, 2]}}])
    page = anna.get(grid).content.decode()
    assert re.findall(r'data-column="(\w+)"', page) == ["title", "_id", "rating", "extra"]
    assert "{1} a: […]" in page
    assert "3 documents exact" in text_of(anna.get(grid))


@pytest.mark.parametrize(
    ("query", "status", "shown"),
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
def test_an_address_is_a_view(anna: Browser, grid: str, query: str, status: int, shown: set[str]) -> None:
    answer = anna.get(grid + query)
    text = text_of(answer)
    assert (answer.status_code, {name for name in ("Slam", "Pirates") if name in text}) == (status, shown)
    assert status == 200 or 'aria-invalid="true"' in answer.content.decode()


def test_pages_go_on_and_back(anna: Browser, films: engine.Database, grid: str) -> None:
    films.collection("films").insert([{"title": f"Film {number:02}"} for number in range(60)])
    first = anna.get(f"{grid}?size=25&sort=%2B:title")
    address = re.search(r'rel="next" href="([^"]*)"', first.content.decode())[1].replace("&amp;", "&")
    second = anna.get(grid + address)
    assert ("Film 24" in text_of(first), "Film 25" in text_of(second)) == (True, True)
    assert "Film 24" not in text_of(second)
    back = re.search(r'rel="prev" href="([^"]*)"', second.content.decode())[1].replace("&amp;", "&")
    assert "Film 00" in text_of(anna.get(grid + back))


def test_a_count_comes_by_itself(anna: Browser, grid: str) -> None:
    answer = anna.get(f"{grid}/count?filter=%7B%22title%22%3A%22Slam%22%7D", headers=HTMX)
    assert "1 document exact" in text_of(answer)


def test_a_document_has_an_address(anna: Browser, grid: str, slam: str) -> None:
    assert anna.get(f"{grid}/d/{slam}").headers["Location"] == f"/dashboard/{grid}?doc={slam}"
    assert "data-drawer" in anna.get(f"{grid}?doc={slam}").content.decode()
    assert "<html" not in anna.get(f"{grid}/d/{slam}", headers=HTMX).content.decode()
    gone = anna.get(f"{grid}?doc=60c72b2f9b1d8b1a2d3e4568")
    assert (gone.status_code, "There is no document" in text_of(gone)) == (200, True)
    assert "There is no document nonsense" in text_of(anna.get(f"{grid}/d/nonsense", headers=HTMX))


# --- one value ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "field", "value"),
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
    anna: Browser, films: engine.Database, grid: str, slam: str, given: Any, field: str, value: Any
) -> None:
    answer = change(anna, grid, slam, **given)
    assert (answer.status_code, answer.content.decode().lstrip()[:3]) == (200, "<tr")
    assert (now(films, slam)[field], now(films, slam)["_sys"]["version"]) == (value, 2)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"name": "rating", "kind": "number", "value": "many"}, "Must be a number"),
        ({"name": "rating", "kind": "text", "value": "many"}, "Must be a number"),
        ({"kind": "json", "value": "{"}, "not valid"),
        ({"kind": "null"}, "This field is required"),
        ({"name": "_id"}, "cannot be written"),
        ({"name": "a.b.$c"}, "must not begin"),
        ({"kind": "spell"}, "no such kind"),
    ],
)
def test_a_wrong_value_stays_to_be_corrected(
    anna: Browser, films: engine.Database, grid: str, slam: str, given: Any, text: str
) -> None:
    before = now(films, slam)
    answer = change(anna, grid, slam, **given)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (400, "closest [data-cell-form]")
    assert text in text_of(answer)
    assert now(films, slam) == before


def test_a_conflict_is_shown_and_nothing_is_lost(
    anna: Browser, films: engine.Database, grid: str, slam: str
) -> None:
    assert change(anna, grid, slam, value="Theirs").status_code == 200
    answer = change(anna, grid, slam, value="Mine")
    page = answer.content.decode()
    assert (answer.status_code, now(films, slam)["title"]) == (409, "Theirs")
    assert "This document was changed by another user" in page
    assert "Mine</textarea>" in page and "Theirs" in page and 'name="version" value="2"' in page
    assert change(anna, grid, slam, value="Mine", version="2").status_code == 200
    assert now(films, slam)["title"] == "Mine"


# --- a whole document ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{\n  "title": \n}', "Line 3, column 1"),
        ('{\n  "title": "a",\n  "rating": "many"\n}', "Line 3, column 3 : rating: Must be a number."),
        ('{"title": "a",\n "title": "b"}', "Line 2"),
        ("[]", "must be a JSON object"),
        ("{}", "title: This field is required."),
        ('{"title": "a", "_id": 1}', "cannot be written"),
    ],
)
def test_faults_are_told_at_their_place(
    anna: Browser, films: engine.Database, grid: str, slam: str, text: str, told: str
) -> None:
    for path in (f"{grid}/d/{slam}/edit", f"{grid}/new"):
        answer = anna.post(path, {"document": text, "version": "1"})
        assert (answer.status_code, told in text_of(answer)) == (400, True), text_of(answer)
        assert anna.post(path, {"document": text}).context["text"] == text
    assert films.collection("films").count() == 2


def test_a_document_is_made_duplicated_and_saved(
    anna: Browser, films: engine.Database, grid: str, slam: str
) -> None:
    made = anna.post(f"{grid}/new", {"document": '{"title": "Made"}'})
    assert made.status_code == 302
    assert "Slam" in anna.get(f"{grid}/new?like={slam}").context["text"]
    saved = anna.post(f"{grid}/d/{slam}/edit", {"document": '{"title": "Whole"}', "version": "1"})
    assert saved.headers["Location"].endswith(f"?doc={slam}")
    assert now(films, slam).keys() == {"_id", "_sys", "title"}
    late = anna.post(f"{grid}/d/{slam}/edit", {"document": '{"title": "Late"}', "version": "1"})
    assert (late.status_code, late.context["text"], "Whole" in late.context["theirs"]) == (
        409,
        '{"title": "Late"}',
        True,
    )


# --- deleting -----------------------------------------------------------------------------------------


def test_deleting_asks_deletes_and_undoes(anna: Browser, films: engine.Database, grid: str, slam: str) -> None:
    asked = anna.post(f"{grid}/delete", {"ids": [slam]})
    assert "Delete 1 document?" in text_of(asked)
    assert films.collection("films").count() == 2
    assert anna.post(f"{grid}/delete", {"ids": [slam], "expected": "1"}).status_code == 302
    assert films.collection("films").count() == 1
    assert "1 document deleted." in text_of(anna.get(grid))
    assert anna.post(f"{grid}/undo").status_code == 302
    assert now(films, slam)["title"] == "Slam"
    assert anna.post(f"{grid}/undo").status_code == 404


def test_a_number_that_is_not_right_any_more_deletes_nothing(
    anna: Browser, films: engine.Database, grid: str
) -> None:
    given = {"scope": "filter", "filter": "{}", "expected": "1"}
    answer = anna.post(f"{grid}/delete", given)
    assert (answer.status_code, "number of matching documents has changed" in text_of(answer)) == (409, True)
    assert films.collection("films").count() == 2
    assert anna.post(f"{grid}/delete", {**given, "expected": "2"}).status_code == 302
    assert films.collection("films").count() == 0
    assert anna.post(f"{grid}/undo").status_code == 302
    assert films.collection("films").count() == 2


@pytest.mark.parametrize("given", [{}, {"ids": ["nonsense"]}, {"scope": "filter", "filter": "["}])
def test_what_cannot_be_deleted(anna: Browser, films: engine.Database, grid: str, given: Any) -> None:
    assert anna.post(f"{grid}/delete", given).status_code in (400, 404)
    assert films.collection("films").count() == 2
