"""Waiting for the parts of an installation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from pymongo.errors import OperationFailure

from tests.drill import installation
from tests.drill.parts import DrillError


def checks(*outcomes: bool | Exception) -> Callable[[], bool]:
    """Return a check with these outcomes, of which the last one stays."""

    def run() -> Iterator[bool | Exception]:
        yield from outcomes
        while True:
            yield outcomes[-1]

    each = run()

    def check() -> bool:
        outcome = next(each)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return check


def test_a_wait_ends_when_the_check_is_true() -> None:
    installation._await(checks(httpx.ConnectError("refused"), False, True))


@pytest.mark.parametrize(
    ("outcomes", "reason"),
    [
        ((httpx.ConnectError("refused by 127.0.0.1"),), "ConnectError: refused by 127.0.0.1"),
        ((OperationFailure("not primary", 10107), False), "OperationFailure: not primary"),
        ((False,), "none"),
    ],
)
def test_a_wait_that_expires_names_the_last_error(outcomes: tuple[bool | Exception, ...], reason: str) -> None:
    with pytest.raises(DrillError, match=f"Not ready after 0.3 s; .* Last error: {reason}"):
        installation._await(checks(*outcomes), seconds=0.3)
