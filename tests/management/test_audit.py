"""`GET /api/audit` of the running service: what is recorded, and who may read it."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from bench import structure
from datacube.local.paths import ROOT
from features.jobs.models import Task
from tests.support import PASSWORD, Tenant, ask, make_tenant, until


def entries(tenant: Tenant, *, auth: str | None = None, **params: Any) -> list[dict[str, Any]]:
    answer = tenant.ask("GET /api/audit", auth=auth, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["entries"]


def test_what_a_team_does_is_recorded_with_its_origin(web: httpx.Client) -> None:
    eva = make_tenant(web)
    name = eva.new_collection()
    request_id = "audit-test-0001"
    key = ask(
        web, "POST /api/keys", auth=eva.bearer, json={"name": "x"}, headers={"X-Request-ID": request_id}
    ).json()
    assert eva.ask(f"DELETE /api/keys/{key['id']}").status_code == 200
    eva.upload(b'[{"Director": "A"}]', collection_name=name)
    body = {
        "database_id": eva.database,
        "collection_name": name,
        "operations": [{"op": "drop", "name": "Director"}],
    }
    assert eva.ask("PATCH /api/collection_schema", json=body).status_code == 200
    drop = {"database_id": eva.database, "collection_names": [name]}
    assert eva.ask("DELETE /api/drop_collections", json=drop).status_code == 200
    recorded = entries(eva)
    assert [entry["action"] for entry in reversed(recorded)] == [
        *("session.create", "database.create", "key.create", "collection.create", "key.create", "key.revoke"),
        *("import.submit", "schema.submit", "collection.drop"),
    ]
    created = recorded[4]
    assert (created["target"], created["detail"], created["request_id"]) == (
        f"k{key['id']}",
        {"name": "x"},
        request_id,
    )
    assert {entry["address"] for entry in recorded} == {"127.0.0.1"}
    assert {entry["database_id"] for entry in entries(eva, action="collection")} == {eva.database}


def test_refused_sign_ins_and_drops_of_databases_are_recorded(web: httpx.Client) -> None:
    eva = make_tenant(web)
    credentials = {"email": eva.email, "password": "a-wrong-and-secure-password"}
    assert web.post("/core/login", json=credentials).status_code == 401
    user = entries(eva, action="session.create")[0]["actor"]
    (refused,) = until(lambda: entries(eva, action="session.refuse"))
    assert (refused["actor"], refused["target"], refused["address"]) == ("unknown", user, "127.0.0.1")
    drop = {"database_id": eva.database, "confirmation": eva.name}
    assert eva.ask("DELETE /api/drop_database", json=drop).status_code == 200
    assert entries(eva)[0]["action"] == "database.drop"


# Calls that add an entry, and the tasks whose jobs do so.
_CALLS = re.compile(r'(?:\brecord|audit_\w+)\(\s*"([a-z_]+\.[a-z_]+)"|ACTION = "([a-z_]+\.[a-z_]+)"')


def test_every_action_is_documented() -> None:
    """Check the calls that add entries; the others take the action from their callers."""
    text = "\n".join(module.text for module in structure.modules())
    recorded = {first or second for first, second in _CALLS.findall(text)} | {f"{task}.submit" for task in Task}
    table = (ROOT / "docs" / "api" / "management.md").read_text()
    assert {action for action in recorded if f"`{action}`" not in table} == set()
    assert {"session.create", "session.refuse", "collection.rename", "backup.download"} <= recorded


def test_nothing_secret_and_no_content_is_recorded(web: httpx.Client) -> None:
    eva = make_tenant(web)
    eva.upload(b'[{"Director": "confidential"}]')
    text = json.dumps(entries(eva))
    assert PASSWORD not in text and eva.key not in text and "confidential" not in text


def test_the_log_is_exported_as_lines(anna: Tenant) -> None:
    answer = anna.ask("GET /api/audit", params={"format": "ndjson"})
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in answer.text.splitlines()] == entries(anna, limit=1000)


def test_pages(anna: Tenant) -> None:
    first = anna.ask("GET /api/audit", params={"limit": "1"}).json()
    second = anna.ask("GET /api/audit", params={"limit": "1", "before": str(first["next_before"])}).json()
    assert second["entries"][0]["id"] < first["entries"][0]["id"] == first["next_before"]


@pytest.mark.parametrize(
    ("params", "fields"),
    [
        ({"limit": "0"}, ["limit"]),
        ({"limit": "1001", "before": "x", "since": "yesterday"}, ["limit", "before", "since"]),
        ({"format": "xml"}, ["format"]),
        ({"unknown": "1"}, ["unknown"]),
    ],
)
def test_wrong_parameters_are_reported_at_once(anna: Tenant, params: dict[str, str], fields: list[str]) -> None:
    answer = anna.ask("GET /api/audit", params=params)
    assert answer.status_code == 400
    assert sorted(error["field"] for error in answer.json()["errors"]) == sorted(fields)


def test_others_may_not_read_it(anna: Tenant, ben: Tenant) -> None:
    assert anna.ask("GET /api/audit", auth=anna.api_key).status_code == 403
    limited = anna.new_key(actions=["own"], databases=[anna.database])
    assert anna.ask("GET /api/audit", auth=limited).status_code == 403
    assert entries(anna, auth=anna.new_key(actions=["own"]), limit=1000)
    names = {entry["database_id"] for entry in entries(ben, limit=1000)}
    assert anna.database not in names
    assert ben.ask("GET /api/audit", params={"team_id": "1"}).status_code == 404
    assert entries(ben, database_id=anna.database) == []
