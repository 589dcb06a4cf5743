"""The form of a bulk edit, and what it refuses before anything is read."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import RequestFactory

import engine
from accounts.principal import PersonPrincipal
from dashboard.documents.grid_state import GridState
from dashboard.documents.views.editing import BulkEditView

HEX = "507f1f77bcf86cd799439011"
FIELDS = (engine.Field("title"), engine.Field("number", "autonumber"), engine.Field("label", template="{{title}}"))


def view_for(data: dict[str, Any], *, history: bool = True) -> BulkEditView:
    store: Any = None
    request: Any = RequestFactory().post("/dashboard/db/d1/c/films/bulk", data)
    request._messages = CookieStorage(request)
    view = BulkEditView()
    view.setup(request)
    view.principal = PersonPrincipal(
        actor="u1",
        home_team=1,
        user_id=1,
        verified=True,
        teams={1: "owner"},
        email="ann@example.com",
        session="s1",
    )
    specs = {"films": engine.CollectionSpec("films", "c1", engine.Schema(FIELDS), history=history)}
    view.database = engine.Database(store, "d1", "cinema", "p1", "u1", engine.ALL_ACTIONS, specs)
    view.collection = view.database.collection("films")
    return view


def form_of(view: BulkEditView, ids: list[str], state: GridState | None = None, **extra: Any) -> tuple[int, str]:
    response = view._form(ids, state or GridState(), **extra)
    return response.status_code, unescape(re.sub(r"\s+", " ", response.content.decode()))


def test_a_form_has_the_ids_their_number_and_the_state_of_the_grid() -> None:
    status, page = form_of(view_for({}), [HEX, "0" * 24], GridState(filter='{"a": 1}', size=25))
    assert status == 200
    assert "Edit 2 documents" in page
    for name, value in (
        *(("ids", HEX), ("ids", "0" * 24), ("expected", "2")),
        *(("filter", '{"a": 1}'), ("size", "25")),
    ):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    assert 'href="/dashboard/db/d1/c/films?filter=%7B%22a%22%3A+1%7D&size=25"' in page


def test_a_form_lists_the_writable_fields() -> None:
    _, page = form_of(view_for({}), [HEX])
    names = page.partition('<datalist id="bulk-names">')[2].partition("</datalist>")[0]
    assert re.findall(r'<option value="([^"]*)">', names) == ["title"]


def test_a_form_with_errors_keeps_the_input() -> None:
    data = {"name": "a & b", "kind": "json", "value": "{<"}
    status, page = form_of(view_for(data), [HEX], status=400, errors=["name: No."])
    assert (status, "name: No." in page, 'value="a & b"' in page) == (400, True, True)
    assert '<option value="json" selected>' in page
    assert "{<</textarea>" in page


@pytest.mark.parametrize(
    ("history", "count", "is_undoable"), [(True, 1, True), (True, 500, True), (True, 501, False), (False, 1, False)]
)
def test_a_form_tells_whether_the_edit_can_be_undone(history: bool, count: int, is_undoable: bool) -> None:
    _, page = form_of(view_for({}, history=history), [HEX] * count)
    assert ("You can undo it afterwards." in page, "This cannot be undone here." in page) == (
        is_undoable,
        not is_undoable,
    )


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        ({}, "name", "Choose a field."),
        ({"name": "  ", "kind": "text"}, "name", "Choose a field."),
        ({"name": "a"}, "value", "Unknown kind of value."),
        ({"name": "a", "kind": "other", "value": "x"}, "value", "Unknown kind of value."),
        ({"name": "a", "kind": "number", "value": "x"}, "value", "Must be a number, such as 12 or 3.5."),
    ],
)
def test_an_incomplete_edit_is_refused(data: dict[str, str], field: str, message: str) -> None:
    with pytest.raises(engine.Invalid) as caught:
        view_for(data)._write([HEX], GridState())
    assert caught.value.errors == (engine.FieldError(field, message),)


def test_an_edit_of_an_invalid_id_is_refused() -> None:
    with pytest.raises(engine.NotFound) as caught:
        view_for({"name": "a", "kind": "text", "value": "x"})._write(["x"], GridState())
    assert caught.value.message == "Document x not found."
