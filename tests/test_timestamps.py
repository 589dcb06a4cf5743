"""Every surface writes a timestamp in one form: ISO 8601 in UTC with three digits of milliseconds."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from tests.support import Tenant, make_tenant

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_SENT = [
    "2001-09-03T00:00:00Z",
    "2001-09-03T10:55:31Z",
    "2001-09-03T10:55:31.568Z",
    "2001-09-03T10:55:31.5687+02:00",
]
_STORED = ["2001-09-03T00:00:00.000Z", "2001-09-03T10:55:31.000Z", "2001-09-03T10:55:31.568Z"]
_STORED += ["2001-09-03T08:55:31.568Z"]


@pytest.fixture(scope="module")
def tenant(web: httpx.Client) -> Tenant:
    """Create a tenant with one document for each form of a date, a key that expires, a webhook and a job."""
    created = make_tenant(web)
    fields = [{"name": "at", "type": "datetime"}, {"name": "t", "type": "timestamp"}]
    created.add({"name": "times", "fields": fields})
    created.insert("times", [{"n": n, "at": at, "t": "2001-09-03T10:55:31Z"} for n, at in enumerate(_SENT)])
    created.new_key(expires_at="2099-01-01T00:00:00Z")
    assert created.upload(json.dumps([{"a": 1}]).encode(), name="extra.json").status_code in (200, 201, 202)
    hook = {"database_id": created.database, "url": "https://example.com/", "events": ["insert"]}
    created.ask("POST /api/webhooks", json=hook)
    return created


def test_stored_instants_are_read_back_to_the_millisecond(tenant: Tenant) -> None:
    documents = tenant.find("times", sort="n")["data"]
    assert [document["at"] for document in documents] == _STORED
    assert {document["t"] for document in documents} == {"2001-09-03T10:55:31.000Z"}
    headers = {"x-apikey": tenant.key}
    listed = tenant.client.get(f"/db/{tenant.database}/rest/times?sort=n", headers=headers).json()
    assert [document["at"] for document in listed] == _STORED


@pytest.mark.parametrize(
    "route",
    [
        "/api/crud?database_id={db}&collection_name=times",
        "/api/history/search?database_id={db}&collection_name=times",
        "/api/history?database_id={db}&collection_name=times&document_id={id}",
        "/api/events?database_id={db}",
        "/api/export?database_id={db}&collection_name=times",
        "/api/indexes?database_id={db}&collection_name=times",
        "/api/get_metadata?database_id={db}",
        "/api/list_databases",
        "/api/collection_schema?database_id={db}&collection_name=times",
        "/api/webhooks?database_id={db}",
        "/api/keys",
        "/core/api/v1/keys/",
        "/core/profile",
        "/db/{db}/rest/times?metafields=true",
        "/db/{db}/rest/times/{id}?metafields=true",
        "/db/{db}/rest/times?groupby=at",
        "/db/{db}/rest/times?aggregate=MAX:at",
    ],
)
def test_every_surface_writes_three_digits(tenant: Tenant, route: str) -> None:
    document = tenant.find("times", page_size=1)["data"][0]["_id"]
    path = route.format(db=tenant.database, id=document)
    answer = tenant.client.get(path, headers={"Authorization": tenant.bearer})
    assert answer.status_code == 200, answer.text
    instants = _INSTANT.findall(answer.text)
    assert [instant for instant in instants if not _FORM.fullmatch(instant)] == []
