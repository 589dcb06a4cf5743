"""The eight kinds of failure, and what each carries."""

import copy
import pickle

import pytest

import engine
from engine.errors import KINDS, Code, Message


def test_there_are_eight_kinds() -> None:
    assert [kind.__name__ for kind in KINDS] == [
        *("Invalid", "Unauthenticated", "Forbidden", "NotFound", "Conflict", "TooLarge", "LimitExceeded"),
        "Unavailable",
    ]
    assert all(issubclass(kind, engine.Error) for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_carries_its_message_and_its_faults(kind: type[engine.Error]) -> None:
    problem = kind("No.", errors=[engine.FieldError("a", "b", 3)], retry_after=2)
    assert (str(problem), problem.message, problem.retry_after) == ("No.", "No.", 2)
    assert problem.errors == (engine.FieldError("a", "b", 3),)
    assert (kind("x").errors, kind("x").retry_after) == ((), None)


def test_an_error_about_one_field() -> None:
    problem = engine.Invalid.of_field("file", "Too odd.", index=0)
    assert type(problem) is engine.Invalid
    assert problem.message == "Too odd."
    assert [fault.as_dict() for fault in problem.errors] == [{"field": "file", "message": "Too odd.", "index": 0}]


def test_a_fault_without_a_document_has_no_index() -> None:
    assert engine.FieldError("a", "b").as_dict() == {"field": "a", "message": "b"}


def test_a_message_is_copied_with_its_code() -> None:
    message = Message("Must be a number.", Code.TYPE)
    for found in (copy.copy(message), copy.deepcopy([message])[0], pickle.loads(pickle.dumps(message))):
        assert (found, type(found), found.code) == (message, Message, Code.TYPE)
