"""Permissions of a principal."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.principal import (
    AccountPrincipal,
    ApiKeyPrincipal,
    BrowserKeyPrincipal,
    BrowserKeyScope,
    ExternalUserPrincipal,
    PersonPrincipal,
    Scope,
    browser_scope_of,
)
from engine import ALL_ACTIONS, DOCUMENT_ACTIONS, Action

HERE, THERE = "0" * 24, "1" * 24
NOTHING: frozenset[Action] = frozenset()
READ, INSERT = frozenset({Action.READ}), frozenset({Action.INSERT})


def person(role: str = "owner") -> PersonPrincipal:
    return PersonPrincipal(
        actor="u1",
        user_id=1,
        email="a@example.com",
        verified=True,
        teams={7: role},
        home_team=7,
        session="s1",
    )


def api_key(role: str, scope: Scope) -> ApiKeyPrincipal:
    return ApiKeyPrincipal(actor="k1", user_id=1, verified=True, teams={7: role}, home_team=7, scope=scope)


def external_user(**values: Any) -> ExternalUserPrincipal:
    return ExternalUserPrincipal(
        actor="x1",
        home_team=7,
        email="b@example.com",
        database_id=HERE,
        document_id="1",
        browser_scope=BrowserKeyScope(),
        **values,
    )


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("owner", ALL_ACTIONS),
        ("admin", ALL_ACTIONS - {Action.OWN}),
        ("editor", DOCUMENT_ACTIONS),
        ("viewer", READ),
        ("unheard-of", NOTHING),
    ],
)
def test_a_role_decides_for_a_user(role: str, expected: frozenset[Action]) -> None:
    assert person(role).actions(team_id=7, database_id=HERE) == expected


def test_a_stranger_sees_nothing() -> None:
    assert person().actions(team_id=8, database_id=HERE) == NOTHING


@pytest.mark.parametrize(
    ("role", "scope", "here", "elsewhere"),
    [
        ("owner", Scope(ALL_ACTIONS), ALL_ACTIONS, ALL_ACTIONS),
        ("owner", Scope(DOCUMENT_ACTIONS, frozenset({HERE})), DOCUMENT_ACTIONS, NOTHING),
        ("viewer", Scope(ALL_ACTIONS), READ, READ),
        ("owner", Scope(NOTHING), NOTHING, NOTHING),
        ("owner", Scope(ALL_ACTIONS, frozenset()), NOTHING, NOTHING),
        ("owner", Scope.of_grants({HERE: READ, THERE: INSERT}), READ, INSERT),
        ("viewer", Scope.of_grants({HERE: READ, THERE: INSERT}), READ, NOTHING),
        ("owner", Scope.of_grants({HERE: READ}), READ, NOTHING),
        ("owner", Scope.of_grants({}), NOTHING, NOTHING),
    ],
)
def test_a_key_has_what_role_and_scope_share(
    role: str, scope: Scope, here: frozenset[Action], elsewhere: frozenset[Action]
) -> None:
    key = api_key(role, scope)
    assert key.actions(team_id=7, database_id=HERE) == here
    assert key.actions(team_id=7, database_id=THERE) == elsewhere
    assert key.actions(team_id=8, database_id=HERE) == NOTHING


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        (person("owner"), True),
        (person("admin"), True),
        (person("editor"), False),
        (api_key("owner", Scope(DOCUMENT_ACTIONS)), False),
        (api_key("owner", Scope(frozenset({Action.DESIGN}))), True),
        (api_key("editor", Scope(ALL_ACTIONS)), False),
        (api_key("owner", Scope(ALL_ACTIONS, frozenset({HERE}))), False),
        (api_key("owner", Scope.of_grants({HERE: ALL_ACTIONS})), False),
    ],
)
def test_who_may_create_databases(principal: AccountPrincipal, expected: bool) -> None:
    assert principal.may_create_databases() is expected


def test_every_principal_is_authenticated() -> None:
    assert all(caller.is_authenticated for caller in (person(), external_user()))


@pytest.mark.parametrize(
    ("scope", "other", "expected"),
    [
        (Scope(READ), Scope(READ), True),
        (Scope(READ), Scope(ALL_ACTIONS), True),
        (Scope(ALL_ACTIONS), Scope(READ), False),
        (Scope(READ, frozenset({HERE})), Scope(READ), True),
        (Scope(READ), Scope(READ, frozenset({HERE})), False),
        (Scope(READ, frozenset({HERE})), Scope(READ, frozenset({HERE, THERE})), True),
        (Scope(READ, frozenset({THERE})), Scope(READ, frozenset({HERE})), False),
        (Scope.of_grants({HERE: READ}), Scope(READ), True),
        (Scope.of_grants({HERE: READ, THERE: INSERT}), Scope(READ), False),
        (Scope.of_grants({HERE: READ}), Scope.of_grants({HERE: READ | INSERT, THERE: INSERT}), True),
        (Scope(READ | INSERT, frozenset({HERE, THERE})), Scope.of_grants({HERE: READ, THERE: INSERT}), False),
        (Scope(READ), Scope.of_grants({HERE: READ}), False),
    ],
)
def test_a_scope_within_another(scope: Scope, other: Scope, expected: bool) -> None:
    assert scope.is_within(other) is expected


def test_the_callers_with_a_browser_scope() -> None:
    scope, key = BrowserKeyScope(origins=("*",)), api_key("owner", Scope(READ))
    values = {name: getattr(key, name) for name in ("actor", "user_id", "verified", "teams", "home_team", "scope")}
    assert browser_scope_of(BrowserKeyPrincipal(**values, browser_scope=scope)) == scope
    assert browser_scope_of(external_user()) == BrowserKeyScope()
    assert browser_scope_of(key) is None
    assert browser_scope_of(person()) is None


@pytest.mark.parametrize(
    ("pattern", "path", "allowed"),
    [
        ("/customers/**", "/customers", True),
        ("/customers/**", "/customers/1/orders", True),
        ("/customers/**", "/customers2", False),
        ("/customers/**", "", False),
        ("/customers/*", "/customers/1", True),
        ("/customers/*", "/customers", False),
        ("/customers/*", "/customers/1/orders", False),
        ("/customers", "/customers", True),
        ("/*", "/customers", True),
        ("/**", "/_meta", True),
        ("/c*/_meta", "/customers/_meta", True),
    ],
)
def test_paths_of_a_browser_key(pattern: str, path: str, allowed: bool) -> None:
    assert BrowserKeyScope(paths=(pattern,)).allows_path(path) is allowed
    assert BrowserKeyScope().allows_path(path)


@pytest.mark.parametrize(
    ("pattern", "origin", "allowed"),
    [
        ("https://a.example", "https://a.example", True),
        ("https://a.example", "https://A.example", True),
        ("https://a.example", "http://a.example", False),
        ("https://a.example", "https://a.example:8443", False),
        ("https://*.example", "https://b.example", True),
        ("https://*.example", "https://example", False),
        ("https://a.example:٣", "https://a.example:٣", False),
        ("*", "https://b.example", True),
        ("*", "null", True),
        *(("https://*.a.example", f"https://{odd}.a.example", False) for odd in ("", "b/", "b#", "b@c", "b:1/")),
    ],
)
def test_origins_of_a_browser_key(pattern: str, origin: str, allowed: bool) -> None:
    assert BrowserKeyScope(origins=(pattern,)).names(origin) is allowed
    assert BrowserKeyScope.of(BrowserKeyScope(origins=(pattern,)).as_dict()).names(origin) is allowed


INSERT = frozenset({Action.INSERT})


@pytest.mark.parametrize(
    ("collection", "roles", "expected"),
    [
        ("notes", [{"*": READ}], READ),
        ("notes", [{"notes": INSERT, "*": READ}], INSERT),
        ("notes", [{"notes": NOTHING, "*": READ}], NOTHING),
        ("notes", [{"notes": NOTHING, "*": READ}, {"*": INSERT}], INSERT),
        ("notes", [{"notes": INSERT}, {"*": READ}], INSERT | READ),
        ("notes", [{"other": READ}], NOTHING),
        ("notes", [], NOTHING),
        ("users", [{"*": READ}], NOTHING),
        ("users", [{"users": READ, "*": INSERT}], READ),
        ("media", [{"*": READ}], NOTHING),
    ],
)
def test_roles_of_external_users(
    collection: str, roles: list[dict[str, frozenset[Action]]], expected: object
) -> None:
    assert external_user(roles=tuple(roles)).actions_in(collection) == expected


def test_an_external_user_is_in_one_database_and_in_no_team() -> None:
    user = external_user(private=frozenset("*"))
    assert user.actions(team_id=7, database_id=HERE) == DOCUMENT_ACTIONS
    assert user.actions(team_id=7, database_id=THERE) == NOTHING
    assert user.sees_own_documents_only("anything")
    assert not external_user(private=frozenset({"a"})).sees_own_documents_only("b")
