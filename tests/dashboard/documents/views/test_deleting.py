"""The query of a deletion, and the beginnings of documents in its confirmation."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

import engine
from dashboard.documents.grid_state import GridState
from dashboard.documents.views import deleting
from dashboard.documents.views.deleting import DeleteDocumentsView

HEX = "507f1f77bcf86cd799439011"


def query_of(form: str, state: GridState | None = None) -> engine.Query:
    return DeleteDocumentsView()._query(QueryDict(form), state or GridState())


def test_a_deletion_by_filter_ignores_page_and_selection() -> None:
    state = GridState(filter='{"a": 1}', sort=(("a", 1),), size=25, offset=50)
    expected = engine.Query(filter={"a": 1}, root="filter")
    assert query_of(f"scope=filter&ids={HEX}", state) == expected


def test_an_empty_filter_means_all_documents() -> None:
    assert query_of("scope=filter") == engine.Query(filter={}, root="filter")


@pytest.mark.parametrize(
    ("form", "query_filter"),
    [
        (f"ids={HEX}", {"_id": HEX}),
        (f"scope=other&ids={HEX}", {"_id": HEX}),
        (f"ids={HEX}&ids={'0' * 24}", {"_id": {"$in": [HEX, "0" * 24]}}),
    ],
)
def test_a_deletion_of_a_selection_names_its_ids(form: str, query_filter: dict[str, Any]) -> None:
    assert query_of(form, GridState(filter='{"a": 1}')) == engine.Query(filter=query_filter)


@pytest.mark.parametrize(
    ("form", "state", "kind", "message"),
    [
        ("", GridState(), engine.Invalid, "Select one or more documents first."),
        ("scope=", GridState(filter="{}"), engine.Invalid, "Select one or more documents first."),
        ("ids=x", GridState(), engine.NotFound, "Document x not found."),
        (
            *("scope=filter", GridState(filter="[]"), engine.Invalid),
            'A filter is a JSON object, such as {"rating": {"$gte": 4}}.',
        ),
    ],
)
def test_a_deletion_without_documents_is_refused(
    form: str, state: GridState, kind: type[engine.Error], message: str
) -> None:
    with pytest.raises(kind) as caught:
        query_of(form, state)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("document", "beginning"),
    [
        (None, {}),
        ({}, {}),
        ({"b": 1, "a": {"c": 1}}, {"b": 1, "a": {"c": 1}}),
        (dict.fromkeys("gfedcba", 1), dict.fromkeys("gfedcb", 1)),
    ],
)
def test_a_confirmation_shows_the_first_six_members(document: Any, beginning: dict[str, Any]) -> None:
    assert [*deleting._beginning(document).items()] == [*beginning.items()]


def test_the_grid_is_opened_again_with_its_state() -> None:
    store: Any = None
    view = DeleteDocumentsView()
    specs = {"films": engine.CollectionSpec("films", "c1")}
    view.database = engine.Database(store, "d1", "cinema", "p1", "u1", engine.ALL_ACTIONS, specs)
    view.collection = view.database.collection("films")
    response = view._redirect_to_grid(GridState(size=25, offset=50))
    assert (response.status_code, response.headers["Location"]) == (302, "/dashboard/db/d1/c/films?size=25")
