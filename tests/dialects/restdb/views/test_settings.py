"""Public parts of a database, as its settings allow."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialects.restdb.codegen.test_scripts import embedded_data
from tests.dialects.restdb.support import Rest, result_of
from tests.dialects.restdb.test_browser_keys import browser_key
from tests.support import Tenant, make_tenant, until

CLOSED = {"public_schemas": [], "public_file_names": False}


@pytest.fixture
def fresh(web) -> Rest:  # type: ignore[no-untyped-def]
    """A database with parents and their children, and a file."""
    tenant = make_tenant(web)
    fields = [{"name": "secret_name"}, {"name": "_parent_id", "type": "reference", "collection": "parents"}]
    tenant.add({"name": "parents", "fields": [{"name": "label"}]}, {"name": "kids", "fields": fields})
    return Rest(tenant)


def settings(rest: Rest, *, key: str | None = None, **changes: Any) -> Any:
    """Read the settings as the database's owner, or change some; with a key as its bearer."""
    headers = {"Authorization": rest.tenant.bearer} if key is None else {"x-apikey": key}
    verb, request = ("PATCH", {"json": changes}) if changes else ("GET", {})
    return rest.tenant.client.request(verb, f"/db/{rest.tenant.database}/settings", headers=headers, **request)


def test_settings_are_read_and_changed_one_by_one(fresh: Rest) -> None:
    assert result_of(settings(fresh)) == (200, CLOSED)
    assert result_of(settings(fresh, public_schemas=["kids"])) == (200, {**CLOSED, "public_schemas": ["kids"]})
    both = {"public_schemas": ["kids"], "public_file_names": True}
    assert result_of(settings(fresh, public_file_names=True)) == (200, both)
    assert result_of(settings(fresh)) == (200, both)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"public_schemas": "kids"}, "public_schemas"),
        ({"public_schemas": ["kids", "nothing"]}, "public_schemas.1"),
        ({"public_schemas": [1]}, "public_schemas"),
        ({"public_file_names": "true"}, "public_file_names"),
        ({"public_file_name": True}, "public_file_name"),
    ],
)
def test_invalid_settings_are_refused(fresh: Rest, changes: dict[str, Any], field: str) -> None:
    answer = settings(fresh, **changes)
    assert (answer.status_code, [item["field"] for item in answer.json()["list"]]) == (400, [field])
    assert result_of(settings(fresh)) == (200, CLOSED)


def test_permissions(fresh: Rest, ben: Tenant) -> None:
    writer = fresh.tenant.new_key(actions=["read", "insert", "write", "delete"]).removeprefix("Api-Key ")
    for key, status in ((writer, 403), (browser_key(fresh.tenant), 403), (ben.key, 404), ("", 401)):
        assert settings(fresh, key=key).status_code == status
        assert settings(fresh, key=key, public_file_names=True).status_code == status
    assert result_of(settings(fresh)) == (200, CLOSED)


def test_schemas_of_chosen_collections_are_published(fresh: Rest) -> None:
    def script(base: str, form: str = "_jsapi.js") -> str:
        return fresh.tenant.client.get(f"/db/{base}/rest/{form}").text

    assert "parents" not in script(fresh.tenant.database)
    assert settings(fresh, public_schemas=["parents", "kids"]).status_code == 200
    until(lambda: "parents" in script(fresh.tenant.database))
    data = embedded_data(script(fresh.tenant.database))
    assert [(item["name"], item["children"]) for item in data["collections"]] == [
        ("kids", {}),
        ("parents", {"kids": "kids"}),
    ]
    assert data["known"] is False
    assert "secret_name" in script(fresh.tenant.database, "_jsapi.d.ts")
    assert "parents" not in script(fresh.tenant.name)
    assert fresh.ask("GET parents", key="").status_code == 401


def test_files_are_public_by_name_if_set(fresh: Rest) -> None:
    base = f"/db/{fresh.tenant.database}/media"
    headers = {"x-apikey": fresh.tenant.key}
    files = {"file": ("notes.txt", b"hello", "text/plain")}
    assert fresh.tenant.client.post(base, headers=headers, files=files).status_code == 201

    def read(path: str) -> int:
        return fresh.tenant.client.get(path).status_code

    assert read(f"{base}/notes.txt") == 404
    assert settings(fresh, public_file_names=True).status_code == 200
    until(lambda: read(f"{base}/notes.txt") == 200)
    answer = fresh.tenant.client.get(f"{base}/notes.txt")
    assert (answer.content, answer.headers["Cache-Control"]) == (b"hello", "public, no-cache")
    assert read(f"{base}/other.txt") == 404
    assert read(f"/db/{fresh.tenant.name}/media/notes.txt") == 404
    assert read(f"{base}/notes.txt/meta") == 401
    other = make_tenant(fresh.tenant.client)
    assert read(f"/db/{other.database}/media/notes.txt") == 404
    assert settings(fresh, public_file_names=False).status_code == 200
    until(lambda: read(f"{base}/notes.txt") == 404)


def test_the_script_for_browsers_without_an_eventsource(fresh: Rest) -> None:
    answer = fresh.tenant.client.get(f"/db/{fresh.tenant.database}/assets/js/eventsource.min.js")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert "root.EventSource = EventSource" in answer.text
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert result_of(fresh.ask("GET parents", key=""))[0] == 401
