"""The lines that a marked module reports are those that ran."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from datacube.local import coverage

SOURCE = '''"""A docstring."""
from __future__ import annotations

import contextlib


@contextlib.contextmanager
def decorated():
    """A docstring."""
    try:
        yield 1
    finally:
        done = True


class Class:
    """A docstring."""

    member: int = 1

    def unused(self):
        return 0


def branches(value):
    global last
    last = value
    if value == 1:
        result = "one"
    elif value == 2:
        result = "two"
    else:
        result = "more"
    for _ in range(0):
        result = "never"
    else:
        result += "!"
    try:
        raise ValueError
    except KeyError:
        result = "never"
    except ValueError:
        result += "?"
    match value:
        case 1:
            return "never"
        case _:
            return (
                result
            )


with decorated():
    answer = branches(2)
'''
LINES = [
    *(2, 4, 7, 8, 10, 11, 13, 16, 19, 21, 25),
    *(26, 27, 28, 30, 31, 34, 37, 38, 39, 40, 42, 43, 44, 45, 47, 48, 53, 54),
]


@pytest.fixture(scope="module")
def module() -> ModuleType:
    """Return the module, which measures nothing here."""
    spec = importlib.util.spec_from_file_location("measured", coverage._MEASURED / "sitecustomize.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_statements_mark_their_lines(module: ModuleType) -> None:
    marks = bytearray(200)
    code = compile(module.marked(SOURCE.encode(), path="file.py", place=100), "file.py", "exec", dont_inherit=True)
    variables: dict[str, object] = {"__marks__": marks, "__name__": "file"}
    exec(code, variables)
    assert variables["answer"] == "two!?"
    assert [number - 100 for number, mark in enumerate(marks) if mark] == LINES


def test_a_module_keeps_its_docstrings_and_line_numbers(module: ModuleType) -> None:
    tree = module.marked(SOURCE.encode() + b"\nraise ValueError\n", path="file.py", place=0)
    variables: dict[str, object] = {"__marks__": bytearray(100), "__name__": "file"}
    with pytest.raises(ValueError) as raised:
        exec(compile(tree, "file.py", "exec", dont_inherit=True), variables)
    assert raised.traceback[-1].lineno == SOURCE.count("\n") + 1
    texts = [variables["__doc__"], *(variables[name].__doc__ for name in ("decorated", "Class"))]
    assert texts == ["A docstring."] * 3


@pytest.mark.slow
def test_a_process_that_is_killed_is_measured(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    main = "import os\nfrom package import other\nos.kill(os.getpid(), 9)\nnever = 1\n"
    (package / "__main__.py").write_text(main)
    (package / "other.py").write_text("import os\nif os.fork() == 0:\n    here = 1\n    os._exit(0)\nos.wait()\n")
    places = {str(package / "__main__.py"): 0, str(package / "other.py"): 10, str(package / "__init__.py"): 20}
    (tmp_path / "places.json").write_text(json.dumps(places))
    (tmp_path / "marks").write_bytes(bytes(30))
    (tmp_path / "code").mkdir()
    search_path = f"{coverage._MEASURED}{os.pathsep}{tmp_path}"
    environment = os.environ | {"DATACUBE_COVERAGE": str(tmp_path), "PYTHONPATH": search_path}
    for _ in range(2):  # the second one finds the modules compiled
        process = subprocess.run([sys.executable, "-m", "package"], env=environment, check=False)
        assert process.returncode == -9
    marks = (tmp_path / "marks").read_bytes()
    assert [number for number, mark in enumerate(marks) if mark] == [1, 2, 3, 11, 12, 13, 14, 15]
