"""The permissions: their words are part of keys and answers, so they stay."""

import engine


def test_the_words_of_the_actions() -> None:
    assert [*map(str, engine.Action)] == ["read", "insert", "write", "delete", "design", "own"]
    assert {*engine.Action} == engine.ALL_ACTIONS


def test_what_documents_need() -> None:
    beyond = engine.ALL_ACTIONS - engine.DOCUMENT_ACTIONS
    assert beyond == {engine.Action.DESIGN, engine.Action.OWN}
