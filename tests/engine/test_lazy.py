"""Values that are made once, however many threads ask first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.lazy import made_once


def test_threads_that_ask_first_wait_for_one_of_them() -> None:
    all_there, calls = threading.Barrier(8), []

    @made_once
    def value() -> object:
        calls.append(threading.get_ident())
        return object()

    def ask(_: int) -> object:
        all_there.wait(60)
        return value()

    with ThreadPoolExecutor(8) as pool:
        found = {*pool.map(ask, range(8))}
    assert (len(found), len(calls)) == (1, 1)


def test_what_failed_is_tried_again() -> None:
    answers = iter([ValueError("not yet"), 3])

    @made_once
    def value() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(ValueError, match="not yet"):
        value()
    assert (value(), value()) == (3, 3)
