"""The permissions of a key as a sentence."""

from __future__ import annotations

import pytest

from accounts.services.keys import Key
from dashboard.team import permission_text


@pytest.mark.parametrize(
    ("actions", "databases", "words"),
    [
        (("read",), None, "May read documents in all databases of the team."),
        (("read", "insert", "write", "delete"), ("1",), "May read, insert, update and delete documents in a."),
        (("design",), ("1", "2"), "May design collections in a and b."),
        (("read", "own"), ("3",), "May read documents and drop databases and manage keys in 1 deleted database."),
    ],
)
def test_permissions_as_a_sentence(actions: tuple, databases: tuple | None, words: str) -> None:
    key = Key(1, "k", "dc_", databases, actions, 1, None, None, None)
    assert permission_text.describe(key, {"1": "a", "2": "b"}) == words


def test_a_key_of_collections_has_a_sentence_for_each() -> None:
    access = {"actions": ["read", "write"], "filter": {"a": 1}, "fields": {"exclude": ["b"]}}
    named = {
        "orders": access,
        "notes": {"actions": ["read"], "fields": {"exclude": ["b"]}},
        "media": {"actions": ["read"]},
    }
    key = Key(1, "k", "dc_", ("1",), ("read", "write"), 1, None, None, None, collections={"1": named})
    assert permission_text.describe(key, {"1": "shop"}) == (
        "May read and update documents of orders with a row filter and field mask in shop."
        " May read documents of notes with a field mask in shop. May read files in shop."
    )


def test_a_token_has_a_sentence_for_each_database() -> None:
    grants = {"1": ["read"], "2": ["insert", "write", "delete"], "3": ["insert"]}
    key = Key(1, "t", "ast_", ("1", "2", "3"), ("read", "insert"), 1, None, None, None, grants=grants)
    assert permission_text.describe(key, {"1": "a", "2": "b"}) == (
        "May read documents in a. May insert, update and delete documents in b."
        " May insert documents in 1 deleted database."
    )
