"""Permissions of a principal."""

from __future__ import annotations

import pytest

from accounts.principal import BrowserKeyScope, ExternalIdentity, Principal, Scope
from engine import ALL_ACTIONS, DOCUMENT_ACTIONS, Action

HERE, THERE = "0" * 24, "1" * 24
NOTHING: frozenset[Action] = frozenset()
READ = frozenset({Action.READ})


def principal(role: str = "owner", scope: Scope | None = None) -> Principal:
    return Principal(
        actor="u1",
        user_id=1,
        email="a@example.com",
        verified=True,
        teams={7: role},
        home_team=7,
        scope=scope,
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
    assert principal(role).actions(team_id=7, database_id=HERE) == expected


def test_a_stranger_sees_nothing() -> None:
    assert principal().actions(team_id=8, database_id=HERE) == NOTHING


@pytest.mark.parametrize(
    ("role", "scope", "here", "elsewhere"),
    [
        ("owner", Scope(ALL_ACTIONS), ALL_ACTIONS, ALL_ACTIONS),
        ("owner", Scope(DOCUMENT_ACTIONS, frozenset({HERE})), DOCUMENT_ACTIONS, NOTHING),
        ("viewer", Scope(ALL_ACTIONS), READ, READ),
        ("owner", Scope(NOTHING), NOTHING, NOTHING),
        ("owner", Scope(ALL_ACTIONS, frozenset()), NOTHING, NOTHING),
    ],
)
def test_a_key_has_what_role_and_scope_share(
    role: str, scope: Scope, here: frozenset[Action], elsewhere: frozenset[Action]
) -> None:
    key = principal(role, scope)
    assert key.is_key
    assert key.actions(team_id=7, database_id=HERE) == here
    assert key.actions(team_id=7, database_id=THERE) == elsewhere
    assert key.actions(team_id=8, database_id=HERE) == NOTHING


@pytest.mark.parametrize(
    ("role", "scope", "expected"),
    [
        ("owner", None, True),
        ("admin", None, True),
        ("editor", None, False),
        ("owner", Scope(DOCUMENT_ACTIONS), False),
        ("owner", Scope(frozenset({Action.DESIGN})), True),
        ("editor", Scope(ALL_ACTIONS), False),
        ("owner", Scope(ALL_ACTIONS, frozenset({HERE})), False),
    ],
)
def test_who_may_create_databases(role: str, scope: Scope | None, expected: bool) -> None:
    assert principal(role, scope).may_create_databases() is expected


def test_a_user_is_authenticated_and_not_a_key() -> None:
    assert principal().is_authenticated
    assert not principal().is_key


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
    assert ExternalIdentity("1", roles=tuple(roles)).actions_in(collection) == expected


def test_an_external_user_is_in_one_database_and_in_no_team() -> None:
    """The principal's role in a team has no effect."""
    user = principal(
        "owner",
        Scope(DOCUMENT_ACTIONS, frozenset({HERE}), external_identity=ExternalIdentity("1", private=frozenset("*"))),
    )
    assert user.actions(team_id=7, database_id=HERE) == DOCUMENT_ACTIONS
    assert user.actions(team_id=7, database_id=THERE) == NOTHING
    assert not user.may_create_databases()
    assert user.external_identity is not None
    assert user.external_identity.sees_own_documents_only("anything")
    assert not ExternalIdentity("1", private=frozenset({"a"})).sees_own_documents_only("b")
