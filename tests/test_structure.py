"""The size of modules, functions and folders."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench import structure
from datacube.local.paths import ROOT
from tests.conftest import LONGEST
from tests.surfaces import openapi

pytestmark = pytest.mark.slow

MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 40
MAX_FOLDER_MODULES = 12
MAX_EXPORTS = {"engine": 30}
# A new module comes with its test module.
MIN_MIRRORED = 0.9
MAX_PARSING_LINES = 1500
# Of a declared operation: its request, its response, its texts and its examples.
MAX_DECLARATION_LINES = 25


def test_modules_are_small() -> None:
    large = {module.name: module.lines for module in structure.modules() if module.lines > MAX_MODULE_LINES}
    assert large == {}


def test_functions_are_small() -> None:
    lengths = sorted(structure.function_lines())
    assert lengths[-1] <= MAX_FUNCTION_LINES
    assert lengths[int(len(lengths) * 0.95)] <= 20


def test_folders_have_few_modules() -> None:
    assert {name: count for name, count in structure.folders().items() if count > MAX_FOLDER_MODULES} == {}


def test_the_table_has_every_figure() -> None:
    assert all(name and value for name, value in structure.table())


def test_packages_have_no_import_cycle() -> None:
    assert structure.import_cycles() == ()


def test_a_cycle_is_printed() -> None:
    assert structure._cycle(["web"], {"a": {"b"}, "b": {"a"}, "c": {"a"}}) in (
        "web.a -> web.b -> web.a",
        "web.b -> web.a -> web.b",
    )


def test_parsing_is_written_once_for_all_operations() -> None:
    parsing, declarations = structure.parsing_lines()
    assert 0 < parsing <= MAX_PARSING_LINES
    assert declarations <= MAX_DECLARATION_LINES * len(list(_operations()))


def _operations() -> Iterator[str]:
    for verbs in openapi()["paths"].values():
        yield from verbs


def test_fronts_export_few_names() -> None:
    large = {name: count for name, count in structure.exports().items() if count > MAX_EXPORTS.get(name, 25)}
    assert large == {}


def test_modules_have_test_modules() -> None:
    """Check that tests mirror the tree: `x/y.py` has `tests/x/test_y.py`."""
    with_tests, without = structure.mirrored()
    assert len(with_tests) / len(with_tests + without) >= MIN_MIRRORED, without


def test_the_longest_files_exist() -> None:
    assert [file for file in LONGEST if not (ROOT / file).exists()] == []
