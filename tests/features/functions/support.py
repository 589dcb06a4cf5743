"""Runs functions without a database, with a bridge that records its calls."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal
from catalog.services.creation import create_empty_database
from features.functions import deno
from features.functions.models import Function
from features.functions.running import FunctionJob, FunctionResult, run, start_process
from features.functions.services import managing


def require_deno() -> None:
    """Skip a test where Deno is not installed, and say so."""
    try:
        deno.binary()
    except engine.Unavailable as error:
        pytest.skip(f"NOT TESTED: {error}")


class RecordingBridge:
    """Answers every call with its arguments, `graphql` with an error."""

    def __init__(self, *, delay: float = 0.0) -> None:
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self._delay = delay

    def __call__(self, method: str, arguments: Mapping[str, Any], seconds: float) -> Any:
        self.calls.append((method, arguments))
        time.sleep(self._delay)
        if method == "graphql":
            raise engine.Invalid("It failed.")
        return {"arguments": arguments}


def call(source: str, *, bridge: RecordingBridge | None = None, data: Any = None) -> FunctionResult:
    """Run a function in a process of its own, and check that nothing of it is left."""
    context = {"functionId": "f", "databaseId": "d", "method": "POST", "headers": {}, "data": data}
    with start_process() as process:
        result = run(process, FunctionJob(source, {"A": "1"}, context), bridge or RecordingBridge())
    assert not process.is_running
    return result


def result_of(result: FunctionResult) -> tuple[str, Any]:
    return result.outcome.value, result.error or result.value


def publish(owner: PersonPrincipal, content: str) -> Function:
    """Create a database with a function, in this process."""
    database = create_empty_database(owner, name="functions")
    members = {"name": "a", "content": content}
    record = managing.create_function(owner, database.id, members=members, check=False)
    return Function.objects.select_related("database").get(pk=record.id)
