"""Measures how much of the code the tests run (`./dev coverage`), in web server, worker, scheduler and tests.

`measured/sitecustomize.py` marks the lines that run; coverage.py knows which lines there are, and reports them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from coverage import CoverageData

from datacube.local import paths

# The share of lines in percent that must run: of all packages, and of the engine.
MIN_ALL = 92
MIN_ENGINE = 97
# Where Python looks for the module that it imports when it starts.
_MEASURED = Path(__file__).parent / "measured"


def main(arguments: Sequence[str]) -> int:
    """Run `./dev test` with these arguments, print the table, and return 0 if no test and no floor fails."""
    directory = paths.home() / "coverage"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    places = _prepare(directory)
    search_path = [str(_MEASURED), *filter(None, [os.environ.get("PYTHONPATH")])]
    measured = {"DATACUBE_COVERAGE": str(directory), "PYTHONPATH": os.pathsep.join(search_path)}
    status = _run(["datacube", "test", *arguments], os.environ | measured)
    _save(directory, places)
    environment = {**os.environ, "COVERAGE_FILE": str(directory / "data")}
    in_all = _run(["coverage", "report", f"--fail-under={MIN_ALL}"], environment)
    print("The engine alone, in percent:", flush=True)
    options = ["--include=engine/*", "--format=total", f"--fail-under={MIN_ENGINE}"]
    in_engine = _run(["coverage", "report", *options], environment)
    print(f"Line by line: .venv/bin/coverage html --data-file={environment['COVERAGE_FILE']}")
    return status or in_all or in_engine


def _prepare(directory: Path) -> dict[str, int]:
    """Write what `measured/sitecustomize.py` reads; return the place of each file's line 0."""
    places, size = {}, 0
    for path in _measured_files():
        places[str(path)] = size
        size += path.read_bytes().count(b"\n") + 2
    (directory / "places.json").write_text(json.dumps(places))
    (directory / "marks").write_bytes(bytes(size))
    (directory / "code").mkdir()
    return places


def _measured_files() -> list[Path]:
    """Return the modules of the folders that pyproject.toml names, without Django's migrations."""
    with (paths.ROOT / "pyproject.toml").open("rb") as file:
        folders = tomllib.load(file)["tool"]["coverage"]["run"]["source"]
    files = [path for folder in folders for path in sorted((paths.ROOT / folder).rglob("*.py"))]
    return [path for path in files if not {"migrations", _MEASURED.name} & {*path.parts}]


def _save(directory: Path, places: Mapping[str, int]) -> None:
    """Write the marks as coverage.py reads them; a file of which no line ran has none."""
    marks = (directory / "marks").read_bytes()
    ends = [*places.values(), len(marks)][1:]
    data = CoverageData(str(directory / "data"))
    data.add_lines(
        {
            path: [number for number, mark in enumerate(marks[place:end]) if mark]
            for (path, place), end in zip(places.items(), ends, strict=True)
        }
    )
    data.write()


def _run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=paths.ROOT, env=dict(environment), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
