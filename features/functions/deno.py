"""The runtime of functions, and the commands that start it."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import engine
from engine.lazy import made_once

_FOLDER = Path(__file__).resolve().parent
_ROOT = str(_FOLDER.parent.parent)
_RUNNER = str(_FOLDER / "programs" / "runner.js")
_START = "import sys; sys.path.append({!r}); from features.functions.programs.launcher import main; main()"
_NOT_INSTALLED = "Functions cannot run here: Deno is not installed. Install it with `uv sync --group functions`."
_ISOLATED = ("--no-remote", "--no-npm", "--no-config", "--no-lock", "--quiet")
_DENIED = ("read", "write", "net", "env", "run", "sys", "ffi", "import")
# The compiler of TypeScript needs more memory than a function may have.
_CHECK_MEMORY = 1 << 30


@made_once
def binary() -> str:
    """Return the path of Deno. Raises `Unavailable` where it is not installed."""
    try:
        return str(importlib.import_module("deno").find_deno_bin())
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise engine.Unavailable(_NOT_INSTALLED) from error


def run_command(*, memory: int, seconds: int) -> list[str]:
    """Return the command of a process that waits for a job on its standard input.

    `memory` is in bytes: half of it is for objects, all of it for objects and buffers. `seconds` are of CPU.
    """
    flags = f"--v8-flags=--jitless,--max-old-space-size={memory >> 21}"
    denied = [f"--deny-{name}" for name in _DENIED]
    arguments = ["run", "--no-prompt", "--no-code-cache", *_ISOLATED, *denied, flags, _RUNNER]
    return _launch(arguments, readable=[_RUNNER], memory=memory, seconds=seconds)


def check_command(file: str, *, seconds: int) -> list[str]:
    """Return the command that checks the types of a file and prints what is wrong on its standard error."""
    return _launch(["check", *_ISOLATED, file], readable=[file], memory=_CHECK_MEMORY, seconds=seconds)


def _launch(arguments: Sequence[str], *, readable: Sequence[str], memory: int, seconds: int) -> list[str]:
    job = {
        "deno": binary(),
        "arguments": [*arguments],
        "readable": [*readable],
        "memory": memory,
        "seconds": seconds,
    }
    return [sys.executable, "-I", "-S", "-B", "-c", _START.format(_ROOT), json.dumps(job)]
