"""Runs one function: its job, its logs, the calls of its bridge, and its result."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any

from django.conf import settings

import engine
from engine.encoding import dumps, iso_timestamp, loads
from engine.lazy import made_once
from features.functions.deno import run_command
from features.functions.process import FunctionEnded, FunctionKilled, FunctionLate, FunctionProcess
from features.processes.warm import WarmPool

# Bytes of all lines of a call besides its result; characters of a logged line and of an error.
_LINE_BYTES = 4 << 20
_MAX_LINE = 2_000
_NO_RESULT = "The function sent something that is no result."
_TOO_MANY_CALLS = "The function makes more than {} calls to its context (FUNCTION_MAX_CALLS)."
# Answers a call of the bridge: its method, its arguments and the seconds that are left.
Bridge = Callable[[str, Mapping[str, Any], float], Any]


class Outcome(StrEnum):
    """How a call ends."""

    DONE = "done"
    FAILED = "failed"
    LATE = "late"
    KILLED = "killed"


@dataclass(frozen=True)
class FunctionJob:
    """What a process receives: the module, the variables, and the members of the context."""

    source: str
    variables: Mapping[str, str]
    context: Mapping[str, Any]


@dataclass
class FunctionResult:
    """A result, or an error, with the logged lines, `{message, stream, utc}`."""

    outcome: Outcome = Outcome.DONE
    value: Any = None
    error: str = ""
    logs: list[dict[str, str]] = field(default_factory=list)
    milliseconds: float = 0.0


@made_once
def warm_processes() -> WarmPool[FunctionProcess]:
    """Return the processes that wait for calls in this process of the service."""
    return WarmPool("functions", lambda: settings.FUNCTION_WARM_PROCESSES)


def start_process() -> FunctionProcess:
    """Return a process that waits for its job and has run none. Raises `Unavailable` if Deno is not installed."""
    command = run_command(memory=settings.FUNCTION_MEMORY_BYTES, seconds=math.ceil(settings.FUNCTION_TIMEOUT) + 1)
    max_output = settings.FUNCTION_MAX_RESULT_BYTES + _LINE_BYTES
    start = partial(FunctionProcess, command, max_output=max_output)
    return warm_processes().take((*command, max_output), start)


def run(process: FunctionProcess, job: FunctionJob, bridge: Bridge) -> FunctionResult:
    """Run a function in a process that has run none. It is not an error of the service if the function fails."""
    started, call = time.monotonic(), _Call(process, bridge)
    process.limit(settings.FUNCTION_TIMEOUT)
    try:
        call.run(job)
    except FunctionLate:
        call.fail(f"The function takes more than {settings.FUNCTION_TIMEOUT:g} seconds.", Outcome.LATE)
    except FunctionKilled as error:
        call.fail(str(error), Outcome.KILLED)
    except FunctionEnded as error:
        call.fail(str(error))
    call.result.milliseconds = round((time.monotonic() - started) * 1_000, 3)
    return call.result


class _Call:
    """One run. Lines of the process that do not begin with the nonce are what the function wrote itself."""

    def __init__(self, process: FunctionProcess, bridge: Bridge) -> None:
        self.result = FunctionResult()
        self._process, self._bridge = process, bridge
        self._nonce = secrets.token_hex(16)
        self._calls = 0

    def fail(self, text: str, outcome: Outcome = Outcome.FAILED) -> None:
        self.result.error, self.result.outcome = text[:_MAX_LINE], outcome

    def run(self, job: FunctionJob) -> None:
        """Send the job, and answer messages until there is a result or an error."""
        self._process.send(
            {
                "nonce": self._nonce,
                "source": job.source,
                "env": job.variables,
                "context": job.context,
                "maxLogs": settings.FUNCTION_LOG_LINES,
            }
        )
        prefix = f"{self._nonce} ".encode()
        while True:
            line = self._process.receive()
            if not line.startswith(prefix):
                self._log(line.decode(errors="replace"), "stdout")
            elif self._ends(line[len(prefix) :]):
                return

    def _ends(self, content: bytes) -> bool:
        """Handle a message, and return whether it is the last one."""
        message = self._parsed(content)
        match message:
            case {"log": str(text), "stream": str(stream)}:
                self._log(text, "stderr" if stream == "stderr" else "stdout")
                return False
            case {"call": int(number), "method": str(method), "arguments": dict(arguments)}:
                self._process.send({"call": number, **self._answer(method, arguments)})
                return False
            case {"error": str(text)}:
                self.fail(text)
            case {"result": value} if len(content) <= settings.FUNCTION_MAX_RESULT_BYTES:
                self.result.value = value
            case {"result": _}:
                size = settings.FUNCTION_MAX_RESULT_BYTES
                self.fail(f"The result has more than {size} bytes (FUNCTION_MAX_RESULT_BYTES).")
            case _:
                self.fail(_NO_RESULT)
        return True

    def _parsed(self, content: bytes) -> Any:
        try:
            return loads(content, depth=settings.MAX_DEPTH + 8, values=settings.MAX_BODY_VALUES)
        except engine.Error as error:
            return {"error": f"The result cannot be sent as JSON: {error}"}

    def _answer(self, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        self._calls += 1
        if self._calls > settings.FUNCTION_MAX_CALLS:
            raise FunctionEnded(_TOO_MANY_CALLS.format(settings.FUNCTION_MAX_CALLS))
        try:
            return {"value": self._bridge(method, arguments, self._process.seconds_left)}
        except engine.Error as error:
            texts = [f"{item.field}: {item.message}" if item.field else str(item.message) for item in error.errors]
            return {"error": " ".join(texts) or error.message}

    def _log(self, text: str, stream: str) -> None:
        if len(self.result.logs) < settings.FUNCTION_LOG_LINES:
            utc = iso_timestamp(datetime.now(UTC))
            message = text[:_MAX_LINE].replace("\0", "\ufffd")
            self.result.logs.append({"message": message, "stream": stream, "utc": utc})


def stored_text(value: Any, *, max_length: int) -> str:
    """Return a result as JSON text, cut at a length, without what PostgreSQL cannot store."""
    return dumps(value).decode()[:max_length].replace("\\u0000", "\ufffd")
