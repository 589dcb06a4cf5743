"""The notebook runs to its end, and each step prints what it did."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import fmean

import pytest

from datacube.local.paths import ROOT
from tests.features.functions.support import require_deno
from tests.support import Tenant

pytestmark = pytest.mark.slow
SCRIPT = ROOT / "samples" / "notebook.py"


def run(folder: Path, *, url: str, token: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, folder / "chart.svg"],
        env={**os.environ, "URL": url, "TOKEN": token},
        capture_output=True,
        text=True,
        timeout=280,
    )


def test_each_step_prints_what_it_did(service_url: str, anna: Tenant, tmp_path: Path) -> None:
    require_deno()
    ended = run(tmp_path, url=service_url, token=anna.access)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    lines = ended.stdout.splitlines()
    assert [line[0] for line in lines if not line.startswith(" ")] == [*"1234567"]
    assert "with the tables alerts, readings, stations" in lines[1]
    celsius = [
        station["last report"]["temperature_c"]
        for station in json.loads((ROOT / "samples" / "stations.json").read_text())
        if station["location"]["region"] == "Island Chain" and station["last report"]
    ]
    assert f"   Island Chain: {fmean(celsius):.1f} °C of {len(celsius)} stations" in lines
    assert "4. by GraphQL, 32 stations lie above 1000 m" in lines
    assert "5. published a function with 0 problems; it runs for each new reading" in lines
    assert "6. inserted 2 readings; the function wrote the alert WS-001: -12.5 °C" in lines
    drawing = (tmp_path / "chart.svg").read_text()
    assert 'aria-label="Mean temperature of each region"' in drawing
    assert "Island Chain" in drawing


def test_what_is_refused_ends_it_with_the_answer(service_url: str, tmp_path: Path) -> None:
    ended = run(tmp_path, url=service_url, token="none")
    assert ended.returncode == 1
    assert ended.stderr.startswith("POST /dbs: 401 ")
    assert not (tmp_path / "chart.svg").exists()
