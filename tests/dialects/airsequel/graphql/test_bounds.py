"""Caps of documents, each refused before validation."""

from __future__ import annotations

import pytest
from graphql import GraphQLSyntaxError, Lexer, Token

import engine
from dialects.airsequel.graphql.bounds import parse_document

CHAIN = "".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(30)) + "fragment F30 on Query { a }"
WIDE = "fragment A on Query { " + " ".join(f"a{n}" for n in range(600)) + " } "
REFUSED = [
    ("x" * 50_001, "QUERY_LENGTH"),
    ("{" + "a " * 2_001 + "}", "TOKENS"),
    ("{" + "a{" * 26 + "a" + "}" * 26 + "}", "DEPTH"),
    ("{ a(b: " + "[" * 900 + "]" * 900 + ") }", "DEPTH"),
    ("{ ...F0 }" + CHAIN, "DEPTH"),
    ("{" + " ".join(f"a{n}: b" for n in range(101)) + "}", "ALIASES"),
    ("{" + " ".join(f"a{n}" for n in range(1_001)) + "}", "COST"),
    ("{" + "a " * 200 + "}", "COST"),
    (WIDE + "{ b { ...A } c { ...A } }", "COST"),
    ("{ a: __schema { x } b: __schema { x } c: __schema { x } }", "COST"),
]


@pytest.mark.parametrize(("query", "setting"), REFUSED)
def test_what_exceeds_a_cap_is_refused(query: str, setting: str) -> None:
    with pytest.raises(engine.Invalid) as caught:
        parse_document(query)
    assert caught.value.message.endswith(f"(GRAPHQL_MAX_{setting}).")
    assert len(caught.value.message) < 200


def test_tokens_beyond_the_cap_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lexer stops at the cap, so the length of a bomb costs nothing."""
    positions, read = [], Lexer.read_next_token

    def record(lexer: Lexer, start: int) -> Token:
        positions.append(start)
        return read(lexer, start)

    monkeypatch.setattr(Lexer, "read_next_token", record)
    with pytest.raises(engine.Invalid):
        parse_document("{" + "a " * 24_000 + "}")
    assert 2_000 <= len(positions) <= 2_002


def test_a_cycle_of_fragments_is_left_to_validation() -> None:
    assert parse_document("{ ...A } fragment A on Query { ...A }").definitions


def test_an_error_of_syntax_stays_one() -> None:
    with pytest.raises(GraphQLSyntaxError):
        parse_document("{")
