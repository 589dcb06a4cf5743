"""No request to any operation of the OpenAPI document breaks the service, and responses are as documented."""

from __future__ import annotations

import os
from typing import Any

import httpx
import pytest
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.support import FILMS, Tenant, Truth, make_person, until

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
LIMITED = settings(
    max_examples=EXAMPLES or 6,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))


@pytest.fixture(scope="module")
def ids(anna: Tenant, truth: Truth) -> dict[str, Any]:
    """Return names of existing objects for requests: a random id would only ever give 404."""
    document, *_ = anna.insert("films", FILMS)
    large = anna.upload(b'[{"text": "' + b"x" * (1 << 20) + b'"}]', collection_name="large").json()["job_id"]
    until(lambda: anna.ask("GET /api/import_status", params={"job_id": large}).json()["state"] == "done")
    key = anna.ask("POST /api/keys", json={"name": "to be revoked"}).json()["id"]
    team = truth.team_of(anna.email)
    permissions = [{"db_id": anna.database, "name": "read"}]
    token = {"name": "to be changed", "team_name": str(team), "permissions": permissions}
    return {
        "database_id": anna.database,
        "collection_name": "films",
        "document_id": document,
        "job_id": large,
        "key_id": key,
        "team_name": str(team),
        "username": anna.email.partition("@")[0],
        "token_id": str(anna.ask("POST /api/tokens", json=token).json()["id"]),
    }


@pytest.fixture(scope="module")
def callers(web: httpx.Client, anna: Tenant) -> dict[str, str]:
    """Return a token and a key; signing out ends a session, so it gets one of its own."""
    actions = ["read", "insert", "write", "delete", "design", "own"]
    return {
        "token": anna.bearer,
        "key": anna.new_key(actions=actions),
        "signs out": f"Bearer {make_person(web)[1]}",
    }


def name(case: Case, ids: dict[str, Any]) -> None:
    """Make the request address existing objects."""
    for part in ("path_parameters", "query", "body"):
        values = getattr(case, part)
        if isinstance(values, dict):
            setattr(case, part, {**values, **{name: value for name, value in ids.items() if name in values}})


@schema.parametrize()
@LIMITED
def test_no_operation_breaks(case: Case, service_url: str, ids: dict[str, Any], callers: dict[str, str]) -> None:
    signs_out = case.operation.label in ("POST /core/logout", "POST /api/logout")
    for caller in ("token", "key"):
        credentials = callers["signs out" if signs_out else caller]
        answer = case.call(base_url=service_url, headers={"Authorization": credentials}, timeout=120)
        case.validate_response(answer, checks=CHECKS)
        if answer.content and "json" in answer.headers["content-type"][0].split("x-ndjson")[0]:
            answer.json()
        name(case, ids)
