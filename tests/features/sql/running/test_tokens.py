"""Tokens of statements."""

from __future__ import annotations

from features.sql.running.tokens import split, tokens_of


def test_tokens_have_kinds_and_names() -> None:
    tokens = tokens_of("select \"A\"\"b\" /* no */ <= 'it''s' -- no\n12 1.5 x")
    assert [token.kind for token in tokens] == [
        *("word", "quoted", "sign", "text", "number"),
        *("sign", "sign", "number", "word"),
    ]
    assert [token.name for token in tokens[:3]] == ["select", 'a"b', None]
    assert [token.upper for token in tokens[:3]] == ["SELECT", "", "<="]


def test_a_comment_without_end_and_foreign_spaces_and_digits_are_signs() -> None:
    assert [(token.kind, token.text) for token in tokens_of("/* a\u00a0٣")] == [
        *(("sign", "/*"), ("word", "a"), ("sign", "\u00a0"), ("sign", "٣")),
    ]


def test_tokens_are_split_outside_of_brackets() -> None:
    parts = split(tokens_of("a AND (b AND c) and d"), ("AND",))
    assert [[token.text for token in part] for part in parts] == [["a"], ["(", "b", "AND", "c", ")"], ["d"]]
    assert split([], (",",)) == [[]]
