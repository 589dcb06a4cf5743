"""What a running program has given up, as the system sees it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from features.sql.process import SqlProcess

pytestmark = pytest.mark.slow


def test_a_program_has_nothing_but_its_pipes() -> None:
    job = {"statement": "SELECT 1", "tables": {}, "views": {}, "seconds": 2.0}
    with SqlProcess("statement", str(1 << 24), "2.0", seconds=60, max_frame=1_000) as process:
        process.send({**job, "max_value": 1_000, "max_rows": 1, "max_bytes": 1_000})
        assert process.receive() == {"reads": {}}
        home = Path(f"/proc/{process.id}")
        bounds = {line[:26].strip(): line[26:47].strip() for line in (home / "limits").read_text().splitlines()}
        for name in ("Max open files", "Max file size", "Max processes", "Max core file size"):
            assert bounds[name] == "0"
        assert int(bounds["Max address space"]) == (4 << 24) + (256 << 20)
        assert int(bounds["Max cpu time"]) == 3
        assert (home / "environ").read_bytes() == b""
        assert sorted(os.listdir(home / "fd")) == ["0", "1", "2"]
