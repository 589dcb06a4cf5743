"""The grid: columns, titles, pages, undo, references and large documents."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import catalog.services
import engine
from tests.dashboard.conftest import HTMX, Browser, text_of


@pytest.fixture
def grid(films: engine.Database) -> str:
    return f"db/{films.id}/c/films"


@pytest.fixture
def slam(films: engine.Database) -> str:
    return str(films.collection("films").find(engine.Query(filter={"title": "Slam"})).documents[0]["_id"])


def current(films: engine.Database, document_id: str) -> dict[str, Any]:
    return films.collection("films").find(engine.Query(filter={"_id": document_id})).documents[0]


def contents(films: engine.Database) -> list[dict[str, Any]]:
    documents = films.collection("films").find(engine.Query()).documents
    return [{name: value for name, value in item.items() if name != "_sys"} for item in documents]


def columns_of(answer: Any) -> list[str]:
    return re.findall(r'data-column="([^"]*)"', answer.content.decode())


def link_of(answer: Any, pattern: str) -> str:
    return re.search(pattern, answer.content.decode())[1].replace("&amp;", "&")


def add(browser: Browser, films: engine.Database, name: str, fields: list[dict[str, Any]]) -> engine.Collection:
    catalog.services.creation.add_collections(
        browser.principal, films.id, collections=[{"name": name, "fields": fields}]
    )
    return catalog.services.access.open_database(browser.principal, films.id, collection=name).collection(name)


# --- columns and titles -------------------------------------------------------------------------------


def test_undeclared_fields_come_in_document_order(anna: Browser, films: engine.Database) -> None:
    names = [f"f{number:02}" for number in range(14)]
    wide = add(anna, films, "wide", [{"name": name, "type": "number"} for name in names])
    wide.insert([{"Title": "Slam", **dict.fromkeys(names, 1), "last": 1}, {"Title": 12}])
    answer = anna.get(f"db/{films.id}/c/wide")
    assert (columns_of(answer)[:3], len(columns_of(answer))) == (["Title", "_id", "f00"], 12)
    every = re.findall(r'name="column" value="([^"]*)"', answer.content.decode())
    assert every == ["Title", "_id", *names, "last"]


def test_a_title_field_is_declared_first_and_names_the_document(
    anna: Browser, films: engine.Database, grid: str, slam: str
) -> None:
    films.collection("films").insert([{"title": "Odd", "code": "X1"}])
    sent = {"op": "title", "title_field": "code", "step": "apply"}
    assert anna.post(f"{grid}/schema", sent).status_code == 302
    page = anna.get(grid)
    assert columns_of(page)[:2] == ["code", "_id"]
    assert 'aria-label="Open X1"' in page.content.decode()
    assert f'aria-label="Open {slam}"' in page.content.decode()


def test_every_row_has_a_link_with_any_columns(anna: Browser, grid: str, slam: str) -> None:
    page = anna.get(f"{grid}?column=rating").content.decode()
    assert re.findall(r'data-doc="(\w+)"', page).count(slam) == 1
    assert f'href="/dashboard/{grid}/d/{slam}"' in page


def test_column_order_comes_from_the_address_and_is_stored(anna: Browser, grid: str, slam: str) -> None:
    assert columns_of(anna.get(f"{grid}?column=rating&column=title&column=_id")) == ["rating", "title", "_id"]
    answer = anna.post(f"{grid}/columns", {"column": ["rating", "title"], "sort": "+:title"})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/dashboard/{grid}?sort=%2B%3Atitle")
    assert columns_of(anna.get(grid)) == ["rating", "title"]
    assert columns_of(anna.get(f"{grid}?column=title")) == ["title"]
    row = anna.get(f"{grid}/d/{slam}/row?shown=rating&shown=title", headers=HTMX).content.decode()
    assert row.index(">3.4<") < row.index(">Slam<")
    assert anna.post(f"{grid}/columns", {"column": "rating", "reset": "1"}).status_code == 302
    assert columns_of(anna.get(grid)) == ["title", "_id", "rating"]


def test_numbers_and_missing_values_among_them_are_aligned(
    anna: Browser, films: engine.Database, grid: str
) -> None:
    films.collection("films").insert([{"title": "Odd", "rating": None, "length": 1 / 60}])
    page = anna.get(grid).content.decode()
    assert re.search(r'<td class="cell-null number"', page)
    assert re.search(r'data-column="length"\s+class="number"', page)
    assert "0.016666666666666666" in page


# --- pages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "used"), [("500", 200), ("7", 25), ("51", 100), ("100", 100), ("x", 50)])
def test_an_unavailable_page_size_is_replaced_with_a_notice(anna: Browser, grid: str, size: str, used: int) -> None:
    answer = anna.get(f"{grid}?size={size}")
    assert answer.context["state"].size == used
    notice = f"The page size {size} is not available; {used} is used. Available: 25, 50, 100, 200."
    assert (notice in text_of(answer)) is (size in ("500", "7", "51"))


def test_pages_by_number_and_the_last_one(anna: Browser, films: engine.Database, grid: str) -> None:
    films.collection("films").insert([{"title": f"Film {number:02}"} for number in range(60)])
    sorted_by_title = f"{grid}?size=25&sort=%2B:title"
    first = anna.get(sorted_by_title)
    assert "1–25 of 62 documents estimated" in text_of(first)
    third = anna.get(grid + link_of(first, r'href="([^"]*)" aria-label="Last page"'))
    visible = {name for name in ("51–62 of", "Slam", "Film 24") if name in text_of(third)}
    assert visible == {"51–62 of", "Slam"}
    second = anna.get(f"{sorted_by_title}&page=2")
    assert {name for name in ("26–50 of", "Film 25", "Slam") if name in text_of(second)} == {"26–50 of", "Film 25"}
    assert "51–62 of" in text_of(anna.get(grid + link_of(second, r'rel="next" href="([^"]*)"')))
    assert "Film 00" in text_of(anna.get(grid + link_of(second, r'rel="prev" href="([^"]*)"')))
    assert "No documents on this page" in text_of(anna.get(f"{grid}?page=99"))
    counted = text_of(anna.get(f"{grid}/count?filter=%7B%7D&size=25", headers=HTMX))
    assert ("62 documents exact" in counted, "of 3" in counted) == (True, True)


# --- undo ---------------------------------------------------------------------------------------------


def change(browser: Browser, grid: str, document_id: str, value: str) -> Any:
    data = {"name": "title", "version": "1", "kind": "text", "value": value, "shown": ["title"]}
    return browser.post(f"{grid}/d/{document_id}/cell", data, headers=HTMX)


def undo(browser: Browser, grid: str, text: str) -> str:
    """Undo the write that the grid offers with this text. Return the text of the grid afterwards."""
    assert text in text_of(browser.get(grid))
    assert browser.post(f"{grid}/undo").status_code == 302
    return text_of(browser.get(grid))


def test_a_changed_value_is_undone(anna: Browser, films: engine.Database, grid: str, slam: str) -> None:
    answer = change(anna, grid, slam, "Wrong")
    assert json.loads(answer.headers["HX-Trigger"]) == {"undo-offered": {"text": "title changed in Wrong."}}
    assert "Undone for 1 document." in undo(anna, grid, "title changed in Wrong.")
    assert (current(films, slam)["title"], current(films, slam)["_sys"]["version"]) == ("Slam", 3)


def test_a_saved_document_is_undone(anna: Browser, films: engine.Database, grid: str, slam: str) -> None:
    before = contents(films)
    anna.post(f"{grid}/d/{slam}/edit", {"document": '{"title": "Whole"}', "version": "1"})
    undo(anna, grid, "Document saved.")
    assert contents(films) == before


def test_a_created_document_is_undone(anna: Browser, films: engine.Database, grid: str) -> None:
    before = contents(films)
    anna.post(f"{grid}/new", {"document": '{"title": "Made"}'})
    assert len(contents(films)) == 3
    undo(anna, grid, "Document created.")
    assert contents(films) == before


def test_a_bulk_edit_is_undone(anna: Browser, films: engine.Database, grid: str) -> None:
    before = contents(films)
    ids = [str(item["_id"]) for item in before]
    assert "Edit 2 documents" in text_of(anna.post(f"{grid}/bulk", {"ids": ids}))
    sent = {"ids": ids, "name": "rating", "kind": "number", "value": "9", "expected": "2"}
    assert anna.post(f"{grid}/bulk", sent).status_code == 302
    assert [item["rating"] for item in contents(films)] == [9, 9]
    undo(anna, grid, "Field rating set in 2 documents.")
    assert contents(films) == before


def test_a_later_change_is_not_undone(anna: Browser, films: engine.Database, grid: str, slam: str) -> None:
    change(anna, grid, slam, "Mine")
    query = engine.Query(filter={"_id": slam})
    films.collection("films").update(query, engine.Change({"title": "Theirs"}, root=""))
    assert "Version conflict: expected version 2" in undo(anna, grid, "title changed in Mine.")
    assert current(films, slam)["title"] == "Theirs"


def test_without_history_only_an_insert_is_undone(anna: Browser, films: engine.Database) -> None:
    declaration = {"name": "plain", "fields": [{"name": "title"}], "history": False}
    catalog.services.creation.add_collections(anna.principal, films.id, collections=[declaration])
    grid = f"db/{films.id}/c/plain"
    document_id = anna.post(f"{grid}/new", {"document": '{"title": "Made"}'}).headers["Location"].split("doc=")[1]
    assert "HX-Trigger" not in change(anna, grid, document_id, "Other").headers
    assert anna.post(f"{grid}/undo").status_code == 404
    anna.post(f"{grid}/new", {"document": '{"title": "Second"}'})
    assert "Second" not in undo(anna, grid, "Document created.")


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ({"name": "rating", "kind": "text", "value": "many"}, "rating: Must be a number."),
        ({"name": "", "kind": "text", "value": "x"}, "Choose a field."),
        ({"name": "title", "kind": "null", "value": ""}, "title: This field is required."),
        ({"name": "_id", "kind": "text", "value": "x"}, "cannot be written"),
    ],
)
def test_an_invalid_bulk_edit_changes_nothing(
    anna: Browser, films: engine.Database, grid: str, sent: dict[str, str], text: str
) -> None:
    before = contents(films)
    ids = [str(item["_id"]) for item in before]
    answer = anna.post(f"{grid}/bulk", {**sent, "ids": ids, "expected": "2"})
    assert (answer.status_code, text in text_of(answer)) == (400, True), text_of(answer)
    assert contents(films) == before


def test_a_selection_is_exported(anna: Browser, grid: str, slam: str) -> None:
    answer = anna.get(f"{grid}/export?format=ndjson&ids={slam}")
    lines = b"".join(answer.streaming_content).splitlines()
    assert [json.loads(line)["title"] for line in lines] == ["Slam"]


# --- references, and large documents ------------------------------------------------------------------


def test_a_reference_shows_and_links_the_title(anna: Browser, films: engine.Database, slam: str) -> None:
    reference = {"type": "reference", "collection": "films"}
    notes = add(anna, films, "notes", [{"name": "film", **reference}, {"name": "films", **reference, "many": True}])
    missing_id = "60c72b2f9b1d8b1a2d3e4568"
    (note,) = notes.insert([{"film": slam, "films": [slam, missing_id]}])
    page = anna.get(f"db/{films.id}/c/notes").content.decode()
    target = f"/dashboard/db/{films.id}/c/films?doc={slam}"
    assert " ".join(page.split()).count(f'<a class="prose-link" href="{target}" title="films {slam}">Slam</a>') == 2
    assert f"films has no document {missing_id}" in page
    form = anna.get(f"db/{films.id}/c/notes/d/{note}/cell?name=film", headers=HTMX).content.decode()
    assert f'hx-get="/dashboard/db/{films.id}/c/films/pick"' in form


@pytest.mark.parametrize(
    ("search", "expected"),
    [("", {"Slam", "Pirates"}), ("sLa", {"Slam"}), (".*", set()), ("{id}", {"Slam"}), ("x", set())],
)
def test_a_picker_searches_by_title_and_id(
    anna: Browser, grid: str, slam: str, search: str, expected: set[str]
) -> None:
    answer = anna.get(f"{grid}/pick?search={search.replace('{id}', slam)}", headers=HTMX)
    assert {name for name in ("Slam", "Pirates") if name in text_of(answer)} == expected


def test_a_large_document_is_shown_in_parts(anna: Browser, films: engine.Database, grid: str) -> None:
    rows = [{"n": number, "text": "x" * 5_000} for number in range(300)]
    (big,) = films.collection("films").insert([{"title": "Big", "rows": rows, "few": {"a": [1, None, True]}}])
    panel = anna.get(f"{grid}/d/{big}", headers=HTMX)
    assert len(panel.content) < 30_000
    html = " ".join(panel.content.decode().split())
    assert '<span class="json-mark">[300]</span>' in html
    assert '<span class="json-number">1</span>' in html
    part = anna.get(f"{grid}/d/{big}/part?key=rows&from=100", headers=HTMX)
    assert ("Show more (100 left)" in text_of(part), ">100</span>" in part.content.decode()) == (True, True)
    text = anna.get(f"{grid}/d/{big}/part?key=rows&key=0&key=text", headers=HTMX)
    assert "x" * 5_000 in text_of(text)
    for path in ("key=rows&key=300", "key=rows&key=0&key=n"):
        assert anna.get(f"{grid}/d/{big}/part?{path}", headers=HTMX).status_code == 404
    whole = anna.get(f"{grid}/d/{big}/json")
    assert (whole.headers["Content-Type"], len(json.loads(whole.content)["rows"])) == ("application/json", 300)
