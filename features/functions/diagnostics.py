"""Checks the syntax and the types of a function with Deno, in a process as confined as that of a call."""

from __future__ import annotations

import math
import re
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from features.functions.deno import check_command

_MAX_DIAGNOSTICS = 100
_MAX_MESSAGE = 1_000
_FILE = "function.ts"
_PROBLEM = re.compile(
    r"^(?:(?P<code>TS\d+) \[ERROR\]|error): (?P<message>.*?)$.*?"
    r"^\s+at \S*function\.ts:(?P<line>\d+):(?P<column>\d+)$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Diagnostic:
    """A problem of a source text. `code` is that of TypeScript, empty for an error of syntax."""

    code: str
    message: str
    line: int
    column: int


def diagnostics_of(source: str) -> list[dict[str, Any]] | None:
    """Return the problems of a source text; None where the check takes too much time or memory.

    Raises `Unavailable` where Deno is not installed.
    """
    seconds = settings.FUNCTION_CHECK_TIMEOUT
    with tempfile.TemporaryDirectory(prefix="datacube-check-") as folder:
        file = Path(folder, _FILE)
        file.write_text(source)
        try:
            result = subprocess.run(
                check_command(str(file), seconds=math.ceil(seconds)),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env={},
                cwd="/",
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return None
    if result.returncode == 0:
        return []
    problems = [asdict(item) for item in parse(result.stderr.decode(errors="replace"))]
    return problems or None


def parse(output: str) -> list[Diagnostic]:
    """Return the problems that the output of the check names."""
    return [
        Diagnostic(match["code"] or "", match["message"][:_MAX_MESSAGE], int(match["line"]), int(match["column"]))
        for match in [*_PROBLEM.finditer(output)][:_MAX_DIAGNOSTICS]
    ]
