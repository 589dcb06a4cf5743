"""Types: mypy finds no error, and few lines are exempt from it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest
from mypy.main import process_options

from bench import structure
from datacube.local import paths

pytestmark = pytest.mark.slow
MAX_IGNORES = 5
CONFIG = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
# A test run has a home of its own below the installation's, whose cache outlives it.
CACHE = paths.home().parents[1] / "mypy"
_IGNORE = re.compile(r"#\s*type:\s*ignore")
_IGNORE_WITH_REASON = re.compile(r"# type: ignore\[[a-z, -]+\]  # \w")


def mypy(*arguments: str) -> str:
    command = [sys.executable, "-m", "mypy", *arguments]
    process = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True)
    assert process.returncode in (0, 1), process.stdout + process.stderr
    return process.stdout


@pytest.mark.timeout(900)  # without a cache it takes 30 s of a free processor
def test_mypy_finds_no_error() -> None:
    assert mypy("--cache-dir", str(CACHE), "--no-pretty", "--no-error-summary").splitlines() == []


def test_few_lines_are_exempt_and_say_why() -> None:
    lines = [
        f"{module.name}: {line.strip()}"
        for module in structure.modules()
        for line in module.text.splitlines()
        if _IGNORE.search(line)
    ]
    assert len(lines) <= MAX_IGNORES
    assert [line for line in lines if not _IGNORE_WITH_REASON.search(line)] == []


def test_strict_packages_have_every_flag_of_strict() -> None:
    plain, strict = (
        process_options(["--config-file=", *more, "-c", ""])[1].snapshot() for more in ([], ["--strict"])
    )
    flags = {name for name, value in strict.items() if value is not plain[name] and type(value) is bool}
    (override,) = (item for item in CONFIG["overrides"] if item.get("disallow_untyped_defs"))
    configured = {**CONFIG, **override, "implicit_reexport": not override["no_implicit_reexport"]}
    assert {name for name in flags if configured.get(name, plain[name]) is not strict[name]} == set()
    assert {"accounts.*", "catalog.*", "engine.*", "identity.*", "web.*"} <= set(override["module"])
    assert "datacube_client.*" in override["module"]
