"""Restrictions of browser keys: what they may be, and every error of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.principal import BrowserKeyScope
from accounts.services.browser_keys import parse_browser_scope
from engine import ALL_ACTIONS, DOCUMENT_ACTIONS, Action, FieldError, Invalid

READ = frozenset({Action.READ})
EMPTY = "Must have at least one entry; omit it to allow all."
ORIGIN = "Must be https://host, https://*.host or *."
PATH = "Must be a pattern such as /customers/**."
REALTIME = "Must be POST:, PUT: or DELETE: and a collection, or a channel."
PUBLIC = "A browser key is public: it may only have read, insert, write and delete."


def errors(raw: dict[str, Any], *, actions: frozenset[Action] = DOCUMENT_ACTIONS) -> list[FieldError]:
    with pytest.raises(Invalid) as caught:
        parse_browser_scope(raw, actions=actions)
    return list(caught.value.errors)


@pytest.mark.parametrize(
    ("actions", "verbs"),
    [
        (READ, {"GET"}),
        ({Action.INSERT}, {"POST"}),
        ({Action.WRITE}, {"PUT", "PATCH"}),
        ({Action.DELETE}, {"DELETE"}),
        (DOCUMENT_ACTIONS, {"GET", "POST", "PUT", "PATCH", "DELETE"}),
    ],
)
def test_verbs_are_by_default_those_of_the_actions(actions: set[Action], verbs: set[str]) -> None:
    assert parse_browser_scope({}, actions=frozenset(actions)) == BrowserKeyScope(verbs=frozenset(verbs))


def test_all_restrictions() -> None:
    raw = {"origins": ["*"], "verbs": ["PATCH", "GET", "GET"], "paths": ["/b", "/a"], "realtime": ["chat"]}
    assert parse_browser_scope(raw, actions=DOCUMENT_ACTIONS) == BrowserKeyScope(
        origins=("*",), verbs=frozenset({"GET", "PATCH"}), paths=("/b", "/a"), realtime=("chat",)
    )


def test_an_empty_list_of_origins_or_events_allows_none() -> None:
    scope = parse_browser_scope({"origins": [], "realtime": []}, actions=READ)
    assert (scope.origins, scope.realtime) == ((), ())


@pytest.mark.parametrize(
    ("name", "items"),
    [
        (
            "origins",
            [
                *(
                    "*",
                    "https://shop.example.com",
                    "http://localhost:3000",
                    "https://*.example.org",
                    "https://a-b.c:1",
                ),
                *("http://127.0.0.1:65535", "https://xn--exmple-cua.com", "https://-a-.example.com:9999"),
                *("https://a:59999", "https://a:64999", "https://a:65499", "https://a:65529"),
            ],
        ),
        ("paths", ["/products/**", "/orders", "/*/a", "/a_b-c/1/*", "/größe", "/email_templates", "/**"]),
        ("realtime", ["POST:orders", "PUT:a_b", "DELETE:a-b", "chat", "a.b-c_d", "größe", "post"]),
    ],
)
def test_entries_that_are_accepted(name: str, items: list[str]) -> None:
    assert getattr(parse_browser_scope({name: items}, actions=READ), name) == tuple(items)


@pytest.mark.parametrize(
    ("name", "text", "items"),
    [
        (
            "origins",
            ORIGIN,
            [
                *(
                    "",
                    "null",
                    "**",
                    "shop.example.com",
                    "ftp://a.com",
                    "https://",
                    "https://a.com/",
                    "https://a.com/x",
                ),
                *(
                    "https://a.*",
                    "https://*",
                    "https://*a.com",
                    "https://a.*.com",
                    "https://A.com",
                    "HTTPS://a.com",
                ),
                *("https://a.com:", "https://a.com:123456", "https://a..com", "https://u@a.com", " https://a.com"),
                *("https://a.com\n", "https://a.com?x", "https://é.com"),
                *("https://a:99999", "https://a:65536", "https://a:0", "https://a:٣"),
                *("https://-", "https://a.--.com", "https://*.-"),
            ],
        ),
        ("paths", PATH, ["", "/", "products", "/a/", "//a", "/a b", "/a.b", "/a?b", "/a\n", "/a/../b", "/%41"]),
        ("realtime", REALTIME, ["", "GET:a", "POST:", "POST:*", "POST: a", "post:a", ":a", "a b", "*", "chat\n"]),
    ],
)
def test_entries_that_are_refused(name: str, text: str, items: list[str]) -> None:
    for item in items:
        assert errors({name: ["a", item] if name == "realtime" else [item]}) == [
            FieldError(f"web.{name}", f"{item!r}: {text}")
        ]


@pytest.mark.parametrize(
    ("raw", "actions", "expected"),
    [
        ({"verbs": []}, READ, [("web.verbs", EMPTY)]),
        ({"paths": []}, READ, [("web.paths", EMPTY)]),
        ({"verbs": ["POST"]}, READ, [("web.verbs", "POST needs the action 'insert'.")]),
        (
            {"verbs": ["PUT", "PATCH", "GET"]},
            READ,
            [("web.verbs", "PATCH needs the action 'write'."), ("web.verbs", "PUT needs the action 'write'.")],
        ),
        ({"verbs": ["HEAD"]}, READ, [("web.verbs", "'HEAD' is not one of GET, POST, PUT, PATCH, DELETE.")]),
        ({"verbs": ["get"]}, READ, [("web.verbs", "'get' is not one of GET, POST, PUT, PATCH, DELETE.")]),
        ({}, ALL_ACTIONS, [("actions", PUBLIC)]),
        ({}, READ | {Action.DESIGN}, [("actions", PUBLIC)]),
        ({}, frozenset({Action.OWN}), [("actions", PUBLIC)]),
    ],
)
def test_verbs_and_actions_that_are_refused(
    raw: dict[str, Any], actions: frozenset[Action], expected: list[tuple[str, str]]
) -> None:
    assert errors(raw, actions=actions) == [FieldError(*item) for item in expected]


def test_a_single_error_is_the_message() -> None:
    with pytest.raises(Invalid) as caught:
        parse_browser_scope({"paths": []}, actions=READ)
    assert caught.value.message == EMPTY


def test_all_errors_are_reported_together() -> None:
    raw = {"origins": ["x", "*", "y"], "verbs": ["HEAD", "POST"], "paths": [], "realtime": ["z z"]}
    with pytest.raises(Invalid) as caught:
        parse_browser_scope(raw, actions=READ | {Action.OWN})
    assert caught.value.message == "The request is not valid."
    assert [error.field for error in caught.value.errors] == [
        *("actions", "web.paths", "web.origins", "web.origins", "web.realtime", "web.verbs", "web.verbs"),
    ]
