"""The layers: each contract of import-linter holds, and each detects what it forbids."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

from datacube.local.paths import ROOT

pytestmark = pytest.mark.slow

CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {contract["id"]: contract for contract in CONFIG["tool"]["importlinter"]["contracts"]}
PACKAGES = sorted(
    path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name not in ("tests", "bench")
)
GROUPS = ("features", "dialects")
UNITS = sorted(
    f"{package}.{path.parent.name}" if package in GROUPS else package
    for package in PACKAGES
    for path in (ROOT.glob(f"{package}/*/__init__.py") if package in GROUPS else [ROOT / package])
)
TOOLS = Path(sys.executable).parent

# What each contract must catch: an import that is appended to a file.
VIOLATIONS = {
    "layers": [
        ("engine/limits.py", "import web.errors"),
        ("web/errors.py", "import accounts.principal"),
        ("accounts/keys.py", "import catalog.naming"),
        ("catalog/naming.py", "import identity.verification"),
        ("identity/encryption.py", "import features.files.kinds"),
        ("features/files/kinds.py", "import features.jobs.spool"),
        ("features/jobs/spool.py", "import features.mail.messages"),
        ("features/webhooks/outgoing.py", "import features.mail.messages"),
        ("features/jobs/spool.py", "import management.render"),
        ("management/render.py", "import dataapi.render"),
        ("dataapi/render.py", "import management.render"),
        ("dataapi/render.py", "import datacube.local.paths"),
        ("dashboard/account/user_agents.py", "import dataapi.render"),
        ("features/usage/buckets.py", "import features.jobs.spool"),
        ("features/processes/warm.py", "import features.sql.process"),
    ],
    "engine-layers": [
        ("engine/store/read.py", "import engine.handles.collection"),
        ("engine/query/geometry.py", "import engine.update.change"),
        ("engine/events/event.py", "import engine.write.bulk"),
        ("engine/indexes/text.py", "import engine.history.versions"),
        ("engine/errors.py", "import engine.encoding.json"),
    ],
    "no-cycles": [
        ("engine/query/expressions.py", "import engine.query.filter"),
        ("engine/write/statements.py", "import engine.write.operations"),
        ("features/mail/messages.py", "import features.mail.stored"),
    ],
    "mongodb": [
        ("engine/query/query.py", "import pymongo"),
        ("catalog/naming.py", "from pymongo import MongoClient"),
        ("features/files/kinds.py", "import gridfs"),
        ("engine/query/query.py", "import gridfs"),
    ],
    "pure-engine": [
        ("engine/limits.py", "from django.conf import settings"),
        ("engine/query/query.py", "import rest_framework.views"),
        ("engine/errors.py", "import celery"),
        ("engine/errors.py", "import redis"),
    ],
    "front-door": [
        ("catalog/naming.py", "import engine.store.read"),
        ("web/errors.py", "from engine.query.query import Query"),
        ("dataapi/render.py", "from engine.encoding import json"),
    ],
    "no-http-below": [
        ("catalog/services/queries.py", "import rest_framework.exceptions"),
        ("features/jobs/tasks.py", "import web.errors"),
        ("accounts/models.py", "from rest_framework import serializers"),
    ],
    "models": [
        ("management/render.py", "import catalog.models"),
        ("datacube/serving/readiness.py", "from features.jobs.models import Job"),
        ("accounts/principal.py", "from accounts import models"),
    ],
}


def lint(tree: Path, *, contract: str | None = None) -> subprocess.CompletedProcess[str]:
    chosen = ["--contract", contract] if contract else []
    command = [TOOLS / "lint-imports", "--no-cache", *chosen]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the packages and their contracts, for tests that break them."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", tree)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tree


def test_the_contracts_hold(copy: Path) -> None:
    for tree in (ROOT, copy):
        ended = lint(tree)
        assert ended.returncode == 0, ended.stdout


def test_each_contract_has_violations_to_catch() -> None:
    assert set(VIOLATIONS) == set(CONTRACTS)


@pytest.fixture(scope="module")
def broken(copy: Path) -> dict[str, str]:
    """Return {contract: its report} of a copy that violates every contract at once."""
    before = {}
    for file, line in (item for items in VIOLATIONS.values() for item in items):
        before.setdefault(file, (copy / file).read_text())
        with (copy / file).open("a") as source:
            source.write(f"\n{line}\n")
    try:
        ended = lint(copy)
    finally:
        for file, text in before.items():
            (copy / file).write_text(text)
    assert ended.returncode == 1, ended.stdout
    output = ended.stdout.partition("Broken contracts")[2]
    positions = {name: output.find(f"\n{contract['name']}\n") for name, contract in CONTRACTS.items()}
    ends = [*sorted(positions.values()), len(output)]
    return {name: output[start : ends[ends.index(start) + 1]] for name, start in positions.items() if start >= 0}


@pytest.mark.parametrize(
    ("contract", "file", "line"), [(name, *item) for name, items in VIOLATIONS.items() for item in items]
)
def test_a_violation_is_caught(broken: dict[str, str], contract: str, file: str, line: str) -> None:
    importing, package = file.removesuffix(".py").replace("/", "."), re.split(r"[ .]", line)[1]
    if contract == "no-cycles":
        assert f"No cycles are allowed in {importing.rpartition('.')[0]}.\n" in broken[contract], broken[contract]
        return
    assert re.search(rf"{importing} -> {package}\b", broken[contract]), broken[contract]


def test_every_package_is_in_a_layer_and_under_every_contract() -> None:
    layers = [name for layer in CONTRACTS["layers"]["layers"] for name in layer.split(" | ")]
    assert sorted(layers) == UNITS
    assert sorted(CONFIG["tool"]["importlinter"]["root_packages"]) == PACKAGES
    assert sorted(CONTRACTS["mongodb"]["source_modules"]) == PACKAGES
    assert sorted(CONTRACTS["no-cycles"]["ancestors"]) == PACKAGES
    assert sorted(CONTRACTS["front-door"]["source_modules"]) == [name for name in PACKAGES if name != "engine"]


def test_every_module_of_the_engine_is_behind_a_front() -> None:
    assert CONTRACTS["front-door"]["forbidden_modules"] == ["engine.*.*"]


@pytest.mark.parametrize("package", sorted(path.parent.name for path in ROOT.glob("engine/*/__init__.py")))
def test_a_front_of_the_engine_is_small(package: str) -> None:
    names = importlib.import_module(f"engine.{package}").__all__
    assert 0 < len(names) <= 25
    assert len(set(names)) == len(names)


def test_no_module_or_folder_of_the_engine_is_large() -> None:
    for folder in {path.parent for path in ROOT.glob("engine/**/*.py")}:
        modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        assert len(modules) <= 12, folder
        assert all(len(path.read_text().splitlines()) <= 300 for path in modules), folder


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, cache_dir=None)


APPS = [name for name in UNITS if (ROOT / name.replace(".", "/") / "models.py").exists()]


@pytest.mark.parametrize("app", APPS)
def test_models_are_imported_by_services_alone(graph: grimp.ImportGraph, app: str) -> None:
    """Check every module, also new ones; the contract lists modules. Migrations are Django's."""
    importers = graph.find_modules_that_directly_import(f"{app}.models")
    others = {name for name in importers if ".services" not in name and ".migrations" not in name}
    assert others - {f"{app}.admin"} == set()


@pytest.mark.parametrize("app", APPS)
def test_everything_below_the_views_is_under_the_contract_of_no_http(app: str) -> None:
    folder = ROOT / app.replace(".", "/")
    below = {f"{app}.{name}" for name in ("services", "models", "tasks") if (folder / f"{name}.py").exists()}
    below |= {f"{app}.services"}
    assert below <= set(CONTRACTS["no-http-below"]["source_modules"])


# --- other tools --------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["check", "."], ["format", "--check", "."]], ids=["lint", "format"])
def test_ruff(arguments: list[str]) -> None:
    ended = subprocess.run([TOOLS / "ruff", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize(
    "arguments", [["check"], ["makemigrations", "--check", "--dry-run"]], ids=lambda words: words[0]
)
def test_django(arguments: list[str]) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "datacube.settings"}
    command = [sys.executable, "manage.py", *arguments]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
