"""Collections that every database of this dialect has from the start, and access to them."""

from __future__ import annotations

import pytest

from tests.dialects.restdb.codegen.test_scripts import embedded_data
from tests.dialects.restdb.support import Rest, bare
from tests.dialects.restdb.test_browser_keys import browser_key
from tests.support import MISSING_ID, make_tenant

NAMES = [
    *("email_inbound", "email_outbound", "email_templates", "email_unsubscribed"),
    *("system_jobs", "system_log", "users"),
]


@pytest.fixture
def fresh(web) -> Rest:  # type: ignore[no-untyped-def]
    """A database without any writes."""
    return Rest(make_tenant(web))


def test_system_collections_exist_and_are_created_by_their_first_document(fresh: Rest) -> None:
    assert [item["name"] for item in fresh.get("_meta")["collections"]] == sorted(["films", *NAMES])
    for name in NAMES:
        assert fresh.get(name) == []
        assert fresh.get(f"{name}/_meta")["name"] == name
        assert fresh.get(name, totals="true")["totals"]["total"] == 0
        assert fresh.get(name, h={"$aggregate": ["COUNT:n"]}) == {"COUNT n": 0}
        for verb in ("GET", "PUT", "DELETE"):
            assert fresh.ask(f"{verb} {name}/{MISSING_ID}").status_code == 404
        assert fresh.ask(f"DELETE {name}/*?q={{}}").json() == {"result": []}
    script = embedded_data(fresh.ask("GET _jsapi.js").text)
    assert [item["name"] for item in script["collections"]] == sorted(["films", *NAMES])
    assert fresh.tenant.collections() == ["films"]
    created = fresh.ask("POST users", json={"email": "joe@x.no"})
    assert (created.status_code, bare(created.json())["active"]) == (201, True)
    assert fresh.tenant.collections() == ["films", "users"]
    assert [item["email"] for item in fresh.get("users")] == ["joe@x.no"]
    assert fresh.ask("POST system_log", json=[{"a": 1}]).status_code == 201
    again = fresh.ask("POST users", json={"email": "joe@x.no"})
    assert (again.status_code, again.json()["list"][0]["message"][1]) == (400, "UNIQUE")


def test_access_to_system_collections(fresh: Rest) -> None:
    """Patterns of a browser key do not match them, and callers without the permission do not create them."""
    wide = browser_key(fresh.tenant, paths=["/**"])
    without = browser_key(fresh.tenant)
    for key in (wide, without):
        assert [item["name"] for item in fresh.ask("GET _meta", key=key).json()["collections"]] == ["films"]
        for name in NAMES:
            assert fresh.ask(f"GET {name}", key=key).status_code in (403, 404)
            assert fresh.ask(f"GET {name}.json", key=key).status_code in (403, 404)
            assert fresh.ask(f"GET {name}.html", key=key).status_code in (403, 404)
            assert fresh.ask(f"POST {name}", key=key, json={}).status_code in (403, 404)
    named = browser_key(fresh.tenant, paths=["/users", "/email_inbound"])
    assert (fresh.ask("GET users", key=named).json(), fresh.ask("GET system_log", key=named).status_code) == (
        [],
        403,
    )
    reader = fresh.tenant.new_key(actions=["read"]).removeprefix("Api-Key ")
    assert fresh.ask("GET users", key=reader).json() == []
    assert fresh.ask("POST users", key=reader, json={"email": "a@x.no"}).status_code == 403
    assert fresh.ask(f"POST users/{MISSING_ID}/films", json={}).status_code == 404
    assert fresh.ask("GET users", key="").status_code == 401
    assert fresh.tenant.collections() == ["films"]
