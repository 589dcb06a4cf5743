"""The state of the grid in its address."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

import engine
from dashboard.documents.grid_state import GridState

BACK = tuple(f"c{number}" for number in range(20))


def state_of(query: str) -> GridState:
    return GridState.of(QueryDict(query))


@pytest.mark.parametrize(
    ("query", "state"),
    [
        ("", GridState()),
        ("filter=+%7B%7D+", GridState(filter="{}")),
        ("sort=%2B:a&sort=-:b:c&sort=d&sort=-e&sort=", GridState(sort=(("a", 1), ("b:c", -1)))),
        ("column=b&column=a&column=b", GridState(columns=("b", "a"))),
        ("size=25", GridState(size=25)),
        ("size=0", GridState()),
        ("size=1", GridState(size=25, requested_size=1)),
        ("size=26", GridState(size=50, requested_size=26)),
        ("size=200", GridState(size=200)),
        ("size=201", GridState(size=200, requested_size=201)),
        ("size=x", GridState()),
        ("size=-25", GridState()),
        ("size=٥", GridState()),
        ("size=999999999999", GridState()),
        ("size=99999999999", GridState(size=200, requested_size=99_999_999_999)),
        ("cursor=x&offset=7", GridState(cursor="x", offset=7)),
        ("offset=99999999999", GridState(offset=2**31)),
        ("page=1&offset=7", GridState()),
        ("page=3&size=25&cursor=x", GridState(size=25, offset=50)),
        ("page=0&offset=7&cursor=x", GridState(offset=7, cursor="x")),
        ("back=old&" + "&".join(f"back={name}" for name in BACK), GridState(back=BACK)),
        ("other=1", GridState()),
    ],
)
def test_parameters_become_the_state_and_invalid_ones_are_ignored(query: str, state: GridState) -> None:
    assert state_of(query) == state


@pytest.mark.parametrize(
    "state",
    [
        GridState(),
        GridState(filter='{"a": "é&="}', sort=(("a b", 1), ("c", -1)), columns=("x", "+y"), size=25),
        GridState(size=100, cursor="c2", back=("", "c1"), offset=200),
    ],
)
def test_an_address_holds_the_whole_state(state: GridState) -> None:
    assert state_of(state.address(offset=state.offset)[1:]) == state


def test_pairs_leave_out_defaults_and_excluded_names() -> None:
    assert GridState().pairs() == []
    state = GridState(filter="{}", sort=(("a", -1),), size=25, cursor="c", back=("b",), offset=5)
    assert state.pairs(exclude=("filter", "back")) == [
        ("sort", "-:a"),
        ("size", "25"),
        ("cursor", "c"),
        ("offset", "5"),
    ]


@pytest.mark.parametrize(
    ("changes", "query"),
    [
        ({}, "?filter=%7B%7D"),
        ({"size": 100}, "?filter=%7B%7D&size=100"),
        ({"filter": ""}, "?"),
        ({"columns": ("a",)}, "?filter=%7B%7D&column=a&cursor=c2&back=c1&offset=50"),
        ({"cursor": ""}, "?filter=%7B%7D&back=c1&offset=50"),
    ],
)
def test_a_change_of_the_list_leads_to_its_first_page(changes: dict[str, Any], query: str) -> None:
    assert GridState(filter="{}", cursor="c2", back=("c1",), offset=50).address(**changes) == query


def test_the_next_page_has_the_cursor_of_this_one() -> None:
    page = engine.Page([{}] * 50, None, next="c2")
    assert GridState(cursor="c1", back=("",), offset=50).next_address(page) == (
        "?cursor=c2&back=&back=c1&offset=100"
    )
    assert GridState().next_address(engine.Page([{}], 1)) == ""


def test_an_address_has_at_most_twenty_previous_pages() -> None:
    query = GridState(cursor="here", back=BACK, offset=50).next_address(engine.Page([{}], None, next="there"))
    assert state_of(query[1:]).back == (*BACK[1:], "here")


@pytest.mark.parametrize(
    ("state", "query"),
    [
        (GridState(), ""),
        (GridState(cursor="c2", back=("", "c1"), offset=100), "?cursor=c1&back=&offset=50"),
        (GridState(cursor="c1", back=("",), offset=50), "?"),
        (GridState(offset=100), "?offset=50"),
        (GridState(offset=30), "?"),
        (GridState(cursor="c1"), "?"),
    ],
)
def test_the_previous_page_begins_at_its_cursor_or_else_its_offset(state: GridState, query: str) -> None:
    assert state.previous_address() == query


@pytest.mark.parametrize(
    ("total", "offset", "query"),
    [
        (0, 0, ""),
        (50, 0, ""),
        (51, 0, "?offset=50"),
        (100, 0, "?offset=50"),
        (101, 50, "?offset=100"),
        (101, 100, ""),
        (2**32, 0, f"?offset={2**31}"),
    ],
)
def test_the_last_page_begins_at_a_multiple_of_the_size(total: int, offset: int, query: str) -> None:
    assert GridState(offset=offset, cursor="c", back=("b",)).last_address(total) == query


@pytest.mark.parametrize(("offset", "page"), [(0, 1), (49, 1), (50, 2), (2**31, 42_949_673)])
def test_pages_are_counted_from_one(offset: int, page: int) -> None:
    assert GridState(offset=offset).page == page


def test_an_unavailable_size_has_a_notice() -> None:
    notice = "The page size 26 is not available; 50 is used. Available: 25, 50, 100, 200."
    assert state_of("size=26").size_notice == notice
    assert state_of("size=25").size_notice == ""


@pytest.mark.parametrize(("order", "query"), [(0, "?sort=%2B%3Aa"), (1, "?sort=-%3Aa"), (-1, "?")])
def test_a_column_is_sorted_ascending_then_descending_then_not(order: int, query: str) -> None:
    state = GridState(sort=(("a", order),) if order else (("b", 1),), cursor="c", offset=50)
    assert (state.sorted_by("a"), state.toggled("a")) == (order, query)


@pytest.mark.parametrize(("cursor", "skip"), [("", 50), ("c", 0)])
def test_a_query_begins_at_the_cursor_or_else_the_offset(cursor: str, skip: int) -> None:
    state = GridState(filter='{"a": 1}', sort=(("b", -1),), size=25, cursor=cursor, offset=50)
    expected = {"filter": {"a": 1}, "sort": (("b", -1),), "limit": 25, "skip": skip, "cursor": cursor}
    assert state.query() == engine.Query(**expected, root="filter", count=engine.Count.NONE)


def test_no_filter_has_no_conditions() -> None:
    assert GridState().conditions() == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", 'A filter is a JSON object, such as {"rating": {"$gte": 4}}.'),
        ("null", 'A filter is a JSON object, such as {"rating": {"$gte": 4}}.'),
        ("\ud800", "It is not valid Unicode text."),
    ],
)
def test_a_filter_that_is_not_an_object_is_refused(text: str, message: str) -> None:
    with pytest.raises(engine.Invalid) as caught:
        GridState(filter=text).query()
    assert caught.value.errors == (engine.FieldError("filter", message),)
