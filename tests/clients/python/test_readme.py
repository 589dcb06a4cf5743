"""The examples of the client's README run in its order and print what it says; its tables name what exists."""

from __future__ import annotations

import contextlib
import io
import re
import tomllib
from typing import Any

import pytest

import datacube_client
from datacube.local.paths import ROOT
from tests.support import PASSWORD, Tenant, ask, make_key, make_person

FOLDER = ROOT / "clients" / "python"
TEXT = (FOLDER / "README.md").read_text()
EXAMPLES = re.findall(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
FIELDS = [{"name": "email", "unique": True}, {"name": "score", "type": "number"}]


def test_the_examples(anna: Tenant, service_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    email, access = make_person(anna.client)
    auth = f"Bearer {access}"
    body = {"db_name": "readme", "collections": [{"name": "users", "fields": FIELDS}]}
    created = ask(anna.client, "POST /api/create_database", auth=auth, json=body).json()
    owner = make_key(
        anna.client, auth, name="an owner", actions=["read", "insert", "write", "delete", "design", "own"]
    )
    key = make_key(anna.client, auth, name="my backend")
    variables = {"URL": service_url, "KEY": key, "OWNER_KEY": owner, "DATABASE": created["database"]["id"]}
    for name, value in {**variables, "EMAIL": email, "PASSWORD": PASSWORD}.items():
        monkeypatch.setenv(name, value)
    namespace: dict[str, Any] = {}
    for code, printed in EXAMPLES:
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(code, namespace)
        assert output.getvalue() == printed


def test_every_example_says_what_it_prints() -> None:
    assert TEXT.count("```python\n") == len(EXAMPLES) == 9


def test_the_table_of_exceptions_is_complete() -> None:
    exported = {name for name in datacube_client.__all__ if name.endswith("Error")} - {"FieldError"}
    assert set(re.findall(r"`(\w+Error)`", TEXT)) == exported


def test_the_packages_are_listed_and_the_version_is_the_services() -> None:
    config = tomllib.loads((FOLDER / "pyproject.toml").read_text())
    folders = {path.parent.relative_to(FOLDER) for path in FOLDER.glob("datacube_client/**/*.py")}
    packages = {".".join(folder.parts) for folder in folders}
    service = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(config["tool"]["setuptools"]["packages"]) == packages
    assert config["project"]["version"] == service["project"]["version"]
    assert (FOLDER / "datacube_client" / "py.typed").exists()
