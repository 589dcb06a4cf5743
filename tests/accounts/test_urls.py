"""Every route of accounts is complete in the OpenAPI document and has a heading in the documentation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from accounts import urls
from management.urls import key_urlpatterns as explaining_urls
from tests.surfaces import openapi

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "api" / "accounts.md"
_ACCOUNT_ROUTES = re.compile(r"/api/keys|/core/(?!api/v1/(dashboard|database)/|teams/[^/]+/databases)")


@pytest.fixture(scope="module")
def paths() -> dict[str, Any]:
    return {path.rstrip("/"): verbs for path, verbs in openapi()["paths"].items() if _ACCOUNT_ROUTES.match(path)}


@pytest.fixture(scope="module")
def operations(paths: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, verb, operation) for path, verbs in paths.items() for verb, operation in verbs.items()]


def test_every_route_is_described(paths: dict[str, Any]) -> None:
    assert len(paths) == len(urls.urlpatterns) + len(urls.key_urlpatterns) + len(explaining_urls)


def test_every_operation_is_complete(operations: list[tuple[str, str, dict[str, Any]]]) -> None:
    for path, verb, operation in operations:
        assert operation["summary"] and operation["description"], (verb, path)
        (success,) = [status for status in operation["responses"] if status.startswith("2")]
        if success != "204":
            assert operation["responses"][success]["content"]["application/json"]["examples"], (verb, path)
        if "requestBody" in operation:
            assert operation["requestBody"]["content"]["application/json"]["examples"], (verb, path)


def test_operation_ids_are_unique(operations: list[tuple[str, str, dict[str, Any]]]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations]
    assert len(set(ids)) == len(ids)


def test_accepted_credentials_are_documented(paths: dict[str, Any]) -> None:
    assert paths["/api/keys"]["get"]["security"] == [{"Bearer": []}, {"Api-Key": []}]
    assert paths["/core/profile"]["get"]["security"] == [{"Bearer": []}]
    assert not paths["/core/login"]["post"].get("security")


def test_every_operation_has_a_heading_in_the_documentation(
    operations: list[tuple[str, str, dict[str, Any]]],
) -> None:
    headings = re.findall(r"^## (.+?)/?$", DOCUMENTATION.read_text(), re.MULTILINE)
    routes = {f"{verb.upper()} {path.replace('{key_id}', '{id}')}" for path, verb, _ in operations}
    assert routes == {heading for heading in headings if "/" in heading}
