"""The form of an identity provider, and its rows of roles."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

from accounts.principal import NAMED_ALONE
from dashboard.services.issuer_forms import IssuerForm, choices, role_rows, roles_of, typed_rows

REQUIRED = "This field is required."
VALUES = {"name": "Auth0", "algorithm": "HS256", "key": " a secret\n", "private": ["films", "*"]}


def form(values: Any = None, *, stored: bool = False) -> IssuerForm:
    return IssuerForm(values, collections=["films", "größe"], stored=stored)


def row(name: str, collection: str, *verbs: str, number: Any = 0) -> dict[str, Any]:
    return {"number": number, "name": name, "collection": collection, "verbs": [*verbs]}


def test_a_valid_provider() -> None:
    bound = form(VALUES)
    assert bound.is_valid(), bound.errors
    assert bound.cleaned_data == {**VALUES, "issuer": "", "audience": ""}


@pytest.mark.parametrize(
    ("change", "stored", "errors"),
    [
        ({"key": ""}, False, {"key": [REQUIRED]}),
        ({"key": ""}, True, {}),
        ({"name": " "}, False, {"name": [REQUIRED]}),
        (
            {"algorithm": "none"},
            False,
            {"algorithm": ["Select a valid choice. none is not one of the available choices."]},
        ),
        (
            {"private": ["films", "absent"]},
            False,
            {"private": ["Select a valid choice. absent is not one of the available choices."]},
        ),
        ({"private": ["users", "größe"], "issuer": "x" * 500, "audience": "x" * 500}, False, {}),
        (
            {"issuer": "x" * 501, "audience": "x" * 502},
            False,
            {
                "issuer": ["Ensure this value has at most 500 characters (it has 501)."],
                "audience": ["Ensure this value has at most 500 characters (it has 502)."],
            },
        ),
    ],
)
def test_errors_of_the_form(change: dict[str, Any], stored: bool, errors: dict[str, list[str]]) -> None:
    bound = form(VALUES | change, stored=stored)
    assert {name: [*texts] for name, texts in bound.errors.items()} == errors


def test_only_an_edit_mentions_the_stored_key() -> None:
    hint = "Leave it empty to keep the stored key."
    assert hint in form(stored=True).fields["key"].help_text
    assert hint not in form(stored=False).fields["key"].help_text


def test_no_page_repeats_the_key() -> None:
    submitted = QueryDict("name=&algorithm=HS256&key=hush+hush&private=films&private=*")
    bound = form(submitted).without_key()
    assert {name: [*texts] for name, texts in bound.errors.items()} == {"name": [REQUIRED]}
    assert "hush hush" not in str(bound)
    assert [box.data["value"] for box in bound["private"] if box.data["selected"]] == ["*", "films"]
    assert bound["algorithm"].value() == "HS256"


def test_a_form_without_data_stays_as_it_is() -> None:
    unbound = form()
    assert unbound.without_key() is unbound
    assert (unbound.is_bound, unbound["algorithm"].value()) == (False, "RS256")


@pytest.mark.parametrize(
    ("collections", "first"),
    [
        ([], []),
        (["films", "actors"], ["films", "actors"]),
        (["users", "films", "media"], ["users", "films", "media"]),
    ],
)
def test_choices_are_all_collections_and_each_one_once(collections: list[str], first: list[str]) -> None:
    (every, *named) = choices(collections)
    assert every == ("*", "All collections")
    assert named == [
        (name, name) for name in [*first, *(name for name in sorted(NAMED_ALONE) if name not in first)]
    ]


@pytest.mark.parametrize(
    ("roles", "rows"),
    [
        ({}, []),
        ({"editor": {}}, []),
        (
            {
                "editor": {"films": ["GET", "PUT", "PATCH"], "*": []},
                "größe": {"users": ["PATCH", "DELETE", "POST"]},
            },
            [
                row("editor", "films", "GET", "PUT"),
                row("editor", "*", number=1),
                row("größe", "users", "POST", "PUT", "DELETE", number=2),
            ],
        ),
    ],
)
def test_stored_roles_as_rows(roles: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    assert role_rows(roles) == rows


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("", []),
        (
            "role-7-name=+a+&role-7-collection=*&role-7-verb=GET&role-7-verb=PUT&role-0-name=b",
            [row("a", "*", "GET", "PUT", number="7"), row("b", "", number="0")],
        ),
        ("role-0-name=+&role-0-collection=films", []),
        ("role-0-name=&role-0-verb=GET", [row("", "", "GET", number="0")]),
        ("role-999999-name=a", [row("a", "", number="999999")]),
        (
            "role-1000000-name=a&role-٣-name=a&role--name=a&role-x-name=a&role-1-names=a&xrole-1-name=a&role-1-verb=GET",
            [],
        ),
    ],
)
def test_submitted_rows(query: str, rows: list[dict[str, Any]]) -> None:
    assert typed_rows(QueryDict(query)) == rows


@pytest.mark.parametrize(
    ("rows", "roles"),
    [
        ([], {}),
        ([row("a", "films")], {"a": {"films": []}}),
        (
            [
                row("a", "films", "GET"),
                row("b", "films", "PUT"),
                row("a", "*", "DELETE"),
                row("a", "films", "POST"),
            ],
            {"a": {"films": ["GET", "POST"], "*": ["DELETE"]}, "b": {"films": ["PUT", "PATCH"]}},
        ),
    ],
)
def test_rows_as_roles(rows: list[dict[str, Any]], roles: dict[str, Any]) -> None:
    assert roles_of(rows) == roles


def test_rows_and_roles_correspond() -> None:
    roles = {"editor": {"films": ["GET", "POST", "PUT", "PATCH", "DELETE"], "*": ["GET"]}, "none": {"*": []}}
    assert roles_of(role_rows(roles)) == roles
