"""The commands that start Deno, and the answer where it is not installed."""

from __future__ import annotations

import json
from typing import Any

import pytest

import engine
from features.functions import deno
from tests.features.functions.support import require_deno


def test_every_permission_is_denied() -> None:
    require_deno()
    job: dict[str, Any] = json.loads(deno.run_command(memory=256 << 20, seconds=3)[-1])
    denied = {item for item in job["arguments"] if item.startswith("--deny-")}
    assert denied == {f"--deny-{name}" for name in ("read", "write", "net", "env", "run", "sys", "ffi", "import")}
    assert {"--no-prompt", "--no-remote", "--no-npm", "--no-config", "--no-lock"} <= set(job["arguments"])
    assert "--v8-flags=--jitless,--max-old-space-size=128" in job["arguments"]
    assert not [item for item in job["arguments"] if item.startswith("--allow")]
    assert (job["memory"], job["seconds"]) == (256 << 20, 3)


def test_a_missing_runtime_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(deno.importlib, "import_module", missing)
    with pytest.raises(engine.Unavailable, match="uv sync --group functions"):
        deno.binary.__wrapped__()
