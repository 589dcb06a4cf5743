"""Verbs, paths and collections that a browser key or a role allows."""

from __future__ import annotations

import pytest

import engine
from accounts.principal import BrowserKeyScope, Principal
from dialects.restdb.auth.access import check, is_full, reads, visible_collections
from tests.dialects.restdb.callers import api_key, browser_key, external_user

READER = browser_key(verbs=frozenset({"GET"}), paths=("/people/**", "/pets/*/toys"))
READ = frozenset({engine.Action.READ})


@pytest.mark.parametrize(
    ("verb", "path", "text"),
    [
        ("GET", "/people", ""),
        ("GET", "/people/1/pets", ""),
        ("GET", "/pets/1/toys", ""),
        ("GET", "/pets", "This key does not allow this path."),
        ("GET", "/peoples", "This key does not allow this path."),
        ("POST", "/people", "This key does not allow POST."),
        ("POST", "/pets", "This key does not allow POST."),
        ("get", "/people", "This key does not allow get."),
        ("", "/people", "This key does not allow ."),
    ],
)
def test_a_browser_key_is_limited_to_its_verbs_and_paths(verb: str, path: str, text: str) -> None:
    if not text:
        check(READER, verb=verb, path=path)
        return
    with pytest.raises(engine.Forbidden) as caught:
        check(READER, verb=verb, path=path)
    assert caught.value.message == text


def test_a_full_access_key_is_not_limited() -> None:
    check(api_key(), verb="DELETE", path="/system_log")
    assert reads(api_key(), "system_log")


@pytest.mark.parametrize(
    ("principal", "path", "expected"),
    [
        (READER, "people", True),
        (READER, "people/0/pets", True),
        (READER, "pets", False),
        (READER, "pets/0/toys", True),
        (browser_key(verbs=frozenset({"POST"})), "people", False),
        (browser_key(verbs=frozenset({"GET"})), "people", True),
        (browser_key(verbs=frozenset({"GET"})), "email_outbound", False),
    ],
)
def test_a_browser_key_reads_where_it_may_get(principal: Principal, path: str, expected: bool) -> None:
    assert reads(principal, path) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("people", True), ("people/0/pets", True), ("notes", False), ("users", False), ("media/0", False)],
)
def test_an_external_user_reads_what_the_roles_allow(path: str, expected: bool) -> None:
    user = external_user({"*": READ, "notes": frozenset()}, verbs=frozenset({"GET"}))
    assert reads(user, path) is expected


def test_an_external_user_is_also_limited_by_paths() -> None:
    user = external_user({"*": READ}, verbs=frozenset({"GET"}), paths=("/people",))
    assert [reads(user, path) for path in ("people", "pets")] == [True, False]


def test_only_a_full_access_key_is_full() -> None:
    assert [is_full(principal) for principal in (api_key(), READER, external_user())] == [True, False, False]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (None, ["people", "pets", "system_log"]),
        ((), ["people", "pets"]),
        (("/people",), ["people"]),
        (("/pets/*",), ["pets"]),
        (("/pets/*/toys",), []),
        (("/**",), ["people", "pets"]),
        (("/system_log",), ["system_log"]),
    ],
)
def test_visible_collections_are_those_of_the_paths(paths: tuple[str, ...] | None, expected: list[str]) -> None:
    specs = {name: engine.CollectionSpec(name, name) for name in ("people", "pets", "system_log")}
    scope = None if paths is None else BrowserKeyScope(paths=paths)
    assert visible_collections(specs, scope) == {name: specs[name] for name in expected}
