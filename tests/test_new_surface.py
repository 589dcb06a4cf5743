"""A surface is added by one folder and four lines, and the shared tables then cover it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from datacube.local import test_service
from datacube.local.paths import ROOT

# Each starts pytest in a copy of the project, and one of them a service.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
NAME = "toy"
# The line of each file that is added; in the contract of layers it is a name on a line.
CHANGES = {
    "datacube/settings.py": ('    "dialects.restdb",\n', '    "dialects.toy",\n'),
    "datacube/urls.py": (
        '    path("db/", include(dialects.restdb.urls.urlpatterns)),\n',
        '    path("toy/", include("dialects.toy.urls")),\n',
    ),
    "pyproject.toml": ('    "management | dataapi | dialects.restdb', " | dialects.toy"),
    "tests/surfaces.py": ("DESCRIBED = {\n", '    "toy": "dialects.toy.surface",\n'),
}
TABLES = (
    *("test_docs", "isolation/test_routes", "isolation/test_pipelines", "isolation/test_permissions"),
    *("test_error_envelopes", "test_architecture", "test_language"),
)
# Tests that are not repeated for each route or surface.
OF_ALL = "one_table or openapi or unknown_route or contracts_hold or in_a_layer or dialects"
# The tests of each table that must cover the new route.
COVERING = {
    "test_docs": {"test_every_route_has_its_place_in_the_pages"},
    "test_routes": {"test_what_is_foreign_is_missing", "test_existence_is_not_revealed"},
    "test_error_envelopes": {
        "test_an_envelope_has_the_shape_of_its_surface",
        "test_what_fails_below_a_view",
        "test_provoked_over_http",
        "test_no_verb_breaks_a_route",
    },
}
# Python compiles a module into such a file, which it then renames; other processes do so during the copy.
BEING_WRITTEN = shutil.ignore_patterns("*.pyc.*")
OUTPUT_DIRECTORIES = (".git", ".datacube", ".pytest_cache", ".hypothesis", "__pycache__", "screenshots")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of the project with the folder of the dialect, in which no line is added yet."""
    tree = tmp_path / "project"
    tree.mkdir()
    changed = {Path(file).parts[0] for file in CHANGES} | {"dialects", "manage.py"}
    for path in ROOT.iterdir():
        if path.name in OUTPUT_DIRECTORIES:
            continue
        if path.name not in changed:
            (tree / path.name).symlink_to(path)
        elif path.is_dir():
            shutil.copytree(path, tree / path.name, ignore=BEING_WRITTEN)  # with what is compiled: times are kept
        else:
            shutil.copy(path, tree)
    shutil.copytree(ROOT / "tests" / "toy_dialect", tree / "dialects" / NAME)
    return tree


def add_line(tree: Path, file: str) -> None:
    before, added = CHANGES[file]
    text = (tree / file).read_text()
    assert text.count(before) == 1, file
    (tree / file).write_text(text.replace(before, before + added))


def run(tree: Path, *arguments: str, **variables: str) -> str:
    """Run the shared tables of a tree and return what pytest prints."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "DATACUBE_"))}
    inherited.pop("DJANGO_SETTINGS_MODULE", None)
    files = [f"tests/{name}.py" for name in TABLES]
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", *arguments, *files]
    ended = subprocess.run(command, cwd=tree, env={**inherited, **variables}, capture_output=True, text=True)
    return ended.stdout + ended.stderr


def results(output: str, outcome: str) -> set[tuple[str, str]]:
    """Return (module, test) of the tests that ended so."""
    return set(re.findall(rf"^{outcome} tests/(?:\w+/)*(\w+)\.py::(\w+)", output, re.MULTILINE))


def test_the_tables_fail_until_a_surface_is_complete(project: Path, tmp_path: Path) -> None:
    """Check a dialect that is reachable, and neither documented, nor in a layer, nor known to the tests."""
    (project / "dialects" / NAME / "README.md").unlink()
    (project / "dialects" / NAME / "operations.py").write_text(
        (ROOT / "tests" / "toy_dialect" / "operations.py").read_text().replace("OPERATIONS = (", "_OTHERS = (")
    )
    add_line(project, "datacube/settings.py")
    add_line(project, "datacube/urls.py")
    no_service = {test_service.URL: "http://127.0.0.1:1", "DATACUBE_HOME": str(tmp_path / "home")}
    chosen = "one_table or has_its_place or has_every_route or in_a_layer"
    assert results(run(project, "-k", chosen, **no_service), "FAILED") == {
        ("test_routes", "test_every_route_is_in_one_table"),
        ("test_docs", "test_every_route_has_its_place_in_the_pages"),
        ("test_docs", "test_the_openapi_document_has_every_route_and_no_other"),
        ("test_architecture", "test_every_package_is_in_a_layer_and_under_every_contract"),
    }


def test_one_folder_and_four_lines_add_a_surface(project: Path, tmp_path: Path) -> None:
    for file in CHANGES:
        add_line(project, file)
    output = run(project, "-k", f"{NAME} or {OF_ALL}", DATACUBE_HOME=str(tmp_path / "home"))
    assert results(output, "FAILED") | results(output, "ERROR") == set(), output
    passed = results("\n".join(line for line in output.splitlines() if NAME in line), "PASSED")
    assert passed >= {(module, test) for module, tests in COVERING.items() for test in tests}, output
