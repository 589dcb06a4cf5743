"""Helpers of the document pages: ids, selections, permissions and addresses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from bson import ObjectId
from django.http import QueryDict
from django.test import RequestFactory

import engine
from dashboard.documents.grid_state import GridState
from dashboard.documents.undo import CHANGED, INSERTED, Step
from dashboard.documents.views import base
from engine import Action

HEX = "507f1f77bcf86cd799439011"


def page_of(*, history: bool = True) -> base.DocumentsPage:
    store: Any = None
    schema = engine.Schema((engine.Field("headline"),))
    specs = {"films": engine.CollectionSpec("films", "c1", schema, history=history)}
    page = base.DocumentsPage()
    page.database = engine.Database(store, "d1", "cinema", "p1", "u1", engine.ALL_ACTIONS, specs)
    page.collection = page.database.collection("films")
    return page


@pytest.mark.parametrize("text", [HEX, HEX.upper()])
def test_an_id_has_24_hexadecimal_digits(text: str) -> None:
    assert base.id_of(text) == ObjectId(HEX)


@pytest.mark.parametrize("text", ["", "x", HEX[:-1], HEX + "0", "g" * 24, "é" * 12])
def test_another_text_names_no_document(text: str) -> None:
    for refusal in (base.id_of, lambda name: base.find_one(page_of().collection, name)):
        with pytest.raises(engine.NotFound) as caught:
            refusal(text)
        assert caught.value.message == f"Document {text} not found."


def test_a_long_id_is_cut_in_the_message() -> None:
    assert base.no_document("x" * 41).message == f"Document {'x' * 40} not found."


@pytest.mark.parametrize(
    ("ids", "query_filter"),
    [
        ([HEX], {"_id": HEX}),
        ([HEX.upper()], {"_id": HEX}),
        ([HEX, "0" * 24], {"_id": {"$in": [HEX, "0" * 24]}}),
    ],
)
def test_a_query_names_its_documents(ids: list[str], query_filter: dict[str, Any]) -> None:
    assert base.query_of_ids(ids) == engine.Query(filter=query_filter)


def test_a_query_of_an_invalid_id_is_refused() -> None:
    with pytest.raises(engine.NotFound, match=r"^Document x not found\.$"):
        base.query_of_ids([HEX, "x"])


@pytest.mark.parametrize("count", [1, 1000])
def test_selected_ids_are_those_of_the_form(count: int) -> None:
    data = QueryDict(mutable=True)
    data.setlist("ids", [str(number) for number in range(count)])
    assert base.selected_ids(data) == [str(number) for number in range(count)]


@pytest.mark.parametrize(
    ("count", "kind", "message"),
    [
        (0, engine.Invalid, "Select one or more documents first."),
        (1001, engine.TooLarge, "At most 1000 documents can be selected at once."),
    ],
)
def test_a_selection_has_limits(count: int, kind: type[engine.Error], message: str) -> None:
    data = QueryDict(mutable=True)
    data.setlist("ids", ["x"] * count)
    with pytest.raises(kind) as caught:
        base.selected_ids(data)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("allowed", "names"),
    [
        (engine.ALL_ACTIONS, {"insert", "write", "delete", "design"}),
        (frozenset({Action.READ}), set()),
        (frozenset({Action.INSERT, Action.DELETE}), {"insert", "delete"}),
        (frozenset({Action.DESIGN}), {"design"}),
        (frozenset({Action.WRITE}), {"write"}),
    ],
)
def test_permissions_name_the_allowed_actions(allowed: frozenset[Action], names: set[str]) -> None:
    store: Any = None
    handle = engine.Collection(store, "p1", engine.CollectionSpec("films", "c1"), "u1", allowed)
    permissions = base.permissions(handle)
    assert permissions.keys() == {"insert", "write", "delete", "design"}
    assert {name for name, is_allowed in permissions.items() if is_allowed} == names


def test_the_grid_state_is_that_of_the_address() -> None:
    request = RequestFactory().get("/", query_params={"size": "25", "filter": "{}"})
    assert base.grid_state_of(request) == GridState(size=25, filter="{}")


def test_the_address_of_the_grid_has_a_query() -> None:
    query = f"?{urlencode({'doc': HEX})}"
    assert page_of().grid_address() == "/dashboard/db/d1/c/films"
    assert page_of().grid_address(query) == f"/dashboard/db/d1/c/films?doc={HEX}"


def test_the_title_is_guessed_from_schema_and_documents() -> None:
    assert page_of().title() == "headline"
    assert page_of().title([{"title": "Slam"}]) == "title"


@pytest.mark.parametrize(
    ("history", "kind", "is_offered"), [(True, CHANGED, True), (False, CHANGED, False), (False, INSERTED, True)]
)
def test_undo_is_offered_where_it_is_possible(history: bool, kind: str, is_offered: bool) -> None:
    request: Any = SimpleNamespace(session={})
    page = page_of(history=history)
    assert page.offer_undo(request, [Step(HEX, kind)], text="Saved.", address="?size=25") is is_offered
    stored = request.session.get("undo", {})
    assert (stored.get("text"), stored.get("view")) == (("Saved.", "?size=25") if is_offered else (None, None))
