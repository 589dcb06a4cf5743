"""Keys of web pages: origins, verbs, paths, and preflight requests."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.dialects.restdb.support import Rest, failed, result_of
from tests.support import Tenant, ask, make_key, refused

APP = "https://app.example.com"
ABOUT = ["/_meta", "/_swagger*"]
UNKNOWN = "Unknown property."
EMPTY = "Must have at least one entry; omit it to allow all."
ORIGIN_REFUSED = "This key may not be used by pages of other origins; make a browser key that names the origin."


def browser_key(tenant: Tenant, *, actions: list[str] | None = None, **web: Any) -> str:
    body = {"web": web, **({"actions": actions} if actions else {})}
    return make_key(tenant.client, tenant.bearer, **body)


@pytest.fixture(scope="module")
def key(rest: Rest) -> str:
    return browser_key(rest.tenant, origins=[APP, "https://*.example.org"], paths=["/people/**", "/pets"])


def test_a_web_key_is_described_in_answers(rest: Rest) -> None:
    tenant = rest.tenant
    body = {
        "name": "page",
        "actions": ["read", "write"],
        "web": {"origins": [APP], "realtime": ["POST:people", "chat"]},
    }
    created = tenant.ask("POST /api/keys", json=body)
    web = {"origins": [APP], "verbs": ["GET", "PUT", "PATCH"], "realtime": ["POST:people", "chat"]}
    assert (created.status_code, created.json()["web"]) == (201, web)
    keys = tenant.ask("GET /api/keys").json()["keys"]
    assert [item["web"] for item in keys if item["id"] == created.json()["id"]] == [web]
    assert all("web" not in item for item in keys if item["name"] == "a key" and item["prefix"] == tenant.key[:11])


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (
            {"web": {"origins": ["example.com"]}},
            [("web.origins", "'example.com': Must be https://host, https://*.host or *.")],
        ),
        (
            {"web": {"origins": ["https://a:99999"]}},
            [("web.origins", "'https://a:99999': Must be https://host, https://*.host or *.")],
        ),
        ({"web": {"origins": ["null"]}}, [("web.origins", "'null': Must be https://host, https://*.host or *.")]),
        ({"web": {"paths": ["people"]}}, [("web.paths", "'people': Must be a pattern such as /customers/**.")]),
        ({"web": {"verbs": ["TRACE"]}}, [("web.verbs", "'TRACE' is not one of GET, POST, PUT, PATCH, DELETE.")]),
        ({"web": {"verbs": ["POST"]}, "actions": ["read"]}, [("web.verbs", "POST needs the action 'insert'.")]),
        (
            {"web": {"verbs": ["GET"]}, "actions": ["read", "own"]},
            [("actions", "A browser key is public: it may only have read, insert, write and delete.")],
        ),
        (
            {"web": {"realtime": ["GET:a b"]}},
            [("web.realtime", "'GET:a b': Must be POST:, PUT: or DELETE: and a collection, or a channel.")],
        ),
        ({"web": {"foo": 1}}, [("web.foo", UNKNOWN)]),
        ({"web": {"path": ["/people"]}}, [("web.path", UNKNOWN)]),
        ({"web": {"path": ["/people"], "verb": ["GET"]}}, [("web.path", UNKNOWN), ("web.verb", UNKNOWN)]),
        ({"web": {"verbs": []}}, [("web.verbs", EMPTY)]),
        ({"web": {"paths": []}}, [("web.paths", EMPTY)]),
        ({"web": {"verbs": [], "paths": []}}, [("web.verbs", EMPTY), ("web.paths", EMPTY)]),
    ],
)
def test_browser_keys_that_are_refused(rest: Rest, body: dict[str, Any], errors: list[Any]) -> None:
    before = rest.tenant.ask("GET /api/keys").json()
    answer = rest.tenant.ask("POST /api/keys", json={"name": "page", **body})
    message = errors[0][1] if len(errors) == 1 else "The request is not valid."
    assert result_of(answer) == (400, refused(message, *errors))
    assert rest.tenant.ask("GET /api/keys").json() == before


def test_missing_members_allow_everything_except_origins(rest: Rest) -> None:
    created = rest.tenant.ask("POST /api/keys", json={"name": "page", "web": {}})
    web = {"origins": [], "verbs": ["GET", "POST", "PUT", "PATCH", "DELETE"], "realtime": []}
    assert (created.status_code, created.json()["web"]) == (201, web)
    again = rest.tenant.ask("POST /api/keys", json={"name": "another", "web": web})
    assert (again.status_code, again.json()["web"]) == (201, web)


def test_verbs_and_paths_are_limited(rest: Rest, people: list[str]) -> None:
    key = browser_key(rest.tenant, paths=["/people/**", "/pets/*"], verbs=["GET", "PUT"])
    path = "This key does not allow this path."
    for route, expected in [
        ("GET people", (200, None)),
        (f"GET people/{people[0]}", (200, None)),
        ("GET people/_meta", (200, None)),
        ("GET films", (403, path)),
        ("GET pets", (403, path)),
        ("GET _meta", (403, path)),
        ("POST people", (403, "This key does not allow POST.")),
        (f"DELETE people/{people[0]}", (403, "This key does not allow DELETE.")),
        ("DELETE people/*", (403, "This key does not allow DELETE.")),
    ]:
        answer = rest.ask(route, key=key)
        assert answer.status_code == expected[0], route
        if expected[1]:
            assert result_of(answer) == failed(expected[0], expected[1], name="Forbidden")
    emulated = rest.ask(f"POST people/{people[0]}", key=key, headers={"X-HTTP-Method-Override": "DELETE"})
    assert emulated.status_code == 403
    assert rest.ask(f"PUT people/{people[0]}", key=key, json={"age": 1}).status_code == 200
    assert rest.names() == ["Joe", "Ann", "Bob"]


def test_the_path_of_a_parent_includes_declared_children_only(rest: Rest, people: list[str]) -> None:
    name = rest.tenant.new_collection({"name": "a"})
    key = browser_key(rest.tenant, paths=["/people/**"])
    both = browser_key(rest.tenant, paths=["/people/**", f"/{name}"])
    for child in (name, "email_unsubscribed"):
        rest.tenant.add({"name": child, "fields": [{"name": "a"}]})
        route = f"people/{people[0]}/{child}"
        assert rest.ask(f"POST {route}", key=key, json={"email": "joe@example.com"}).status_code == 403
        assert rest.ask(f"GET {route}", key=key).status_code == 403
        assert rest.tenant.count(child) == 0
    assert rest.ask(f"POST people/{people[0]}/{name}", key=both, json={"a": "1"}).status_code == 201


def test_patterns_do_not_match_the_mail_collections(rest: Rest) -> None:
    rest.tenant.add({"name": "email_templates", "fields": [{"name": "name"}]})
    for web, expected in [
        ({}, 403),
        ({"paths": ["/**"]}, 403),
        ({"paths": ["/email_*"]}, 403),
        ({"paths": ["/email_templates"]}, 200),
    ]:
        key = browser_key(rest.tenant, **web)
        for name in ("email_templates", "email_templates.json", "email_templates%2Ejson", "email_templates/"):
            assert rest.ask(f"GET {name}", key=key).status_code == expected, (web, name)


def test_a_path_matches_a_collection_with_an_extension(rest: Rest, people: list[str]) -> None:
    key = browser_key(rest.tenant, paths=["/people"])
    assert len(rest.ask("GET people.json", key=key).json()) == 3
    assert rest.ask("GET pets.json", key=key).status_code == 403
    assert rest.ask("GET people.html", key=key).status_code == 200
    assert rest.ask("GET pets.html", key=key).status_code == 403
    assert rest.ask("GET people.pdf", key=key).status_code == 406


def test_descriptions_contain_what_the_paths_allow(rest: Rest) -> None:
    rest.tenant.add({"name": "email_outbound", "fields": [{"name": "subject"}]})
    everything = {item["name"] for item in rest.get("_meta")["collections"]}
    assert {"people", "pets", "email_outbound"} <= everything
    # `users` does not exist here yet; a browser key without paths does not see it before.
    of_the_service = {name for name in everything if name.startswith(("email_", "system_"))} | {"users"}
    for web, expected in [
        (None, everything),
        ({}, everything - of_the_service),
        ({"paths": ["/people", "/*"]}, everything - of_the_service),
        ({"paths": ["/people", "/pets/*", *ABOUT]}, {"people", "pets"}),
        ({"paths": ["/email_outbound", *ABOUT]}, {"email_outbound"}),
        ({"paths": ABOUT}, set()),
    ]:
        key = rest.tenant.key if web is None else browser_key(rest.tenant, **web)
        meta, swagger = (rest.ask(f"GET {name}", key=key).json() for name in ("_meta", "_swagger.json"))
        assert {item["name"] for item in meta["collections"]} == expected, web
        assert set(swagger["definitions"]) == expected, web
        assert {path.split("/")[1] for path in swagger["paths"]} == expected, web


def test_deleting_by_query_needs_a_full_key(rest: Rest, people: list[str]) -> None:
    key = browser_key(rest.tenant)
    answer = rest.ask("DELETE people/*?q={}", key=key)
    assert result_of(answer) == failed(403, "Deleting by query needs a full-access key.", name="Forbidden")
    assert result_of(rest.ask("DELETE people/*", key=key, json=[people[0]])) == (200, {"result": [people[0]]})
    assert rest.names() == ["Ann", "Bob"]


def test_a_web_key_is_valid_for_this_dialect_only(rest: Rest, key: str) -> None:
    text = "This is a browser key: it is valid for URLs below /db only."
    params = {"database_id": rest.tenant.database, "collection_name": "people"}
    answer = ask(rest.tenant.client, "GET /api/crud", auth=f"Api-Key {key}", params=params)
    assert result_of(answer) == (403, refused(text))
    for route in ("GET /api/list_databases", "POST /api/keys"):
        assert ask(rest.tenant.client, route, auth=f"Api-Key {key}", json={"name": "x"}).status_code == 403
    headers = {"Accept": "text/event-stream"}
    stream = ask(rest.tenant.client, "GET /api/events", auth=f"Api-Key {key}", params=params, headers=headers)
    assert stream.status_code == 403


@pytest.mark.parametrize("origin", [APP, "https://a.example.org"])
def test_pages_of_named_origins_may_read(rest: Rest, key: str, people: list[str], origin: str) -> None:
    answer = rest.ask("GET people", key=key, headers={"Origin": origin})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert "X-Pagination" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Vary"] == "Origin"
    missing = rest.ask("GET people/000000000000000000000000", key=key, headers={"Origin": origin})
    assert (missing.status_code, missing.headers["Access-Control-Allow-Origin"]) == (404, origin)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://app.example.com", "null", "https://example.org"]
)
def test_pages_of_other_origins_are_refused(rest: Rest, key: str, people: list[str], origin: str) -> None:
    for route in ("GET people", "POST people"):
        for used in (key, rest.tenant.key):
            answer = rest.ask(route, key=used, headers={"Origin": origin}, json={"name": "Eve"})
            assert result_of(answer) == failed(403, ORIGIN_REFUSED, name="Forbidden")
            assert "Access-Control-Allow-Origin" not in answer.headers
    assert rest.names() == ["Joe", "Ann", "Bob"]


def test_a_key_for_every_origin_refuses_null(rest: Rest) -> None:
    every = browser_key(rest.tenant, origins=["*"])
    assert rest.ask("GET people", key=every, headers={"Origin": APP}).status_code == 200
    answer = rest.ask("GET people", key=every, headers={"Origin": "null"})
    assert result_of(answer) == failed(403, ORIGIN_REFUSED, name="Forbidden")


def test_missing_credentials_are_reported_across_origins(rest: Rest) -> None:
    answer = rest.ask("GET people", key="", headers={"Origin": APP})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (401, APP)


def test_a_preflight(web: httpx.Client, rest: Rest) -> None:
    headers = {"Origin": APP, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-apikey"}
    for database in (rest.tenant.database, "0" * 24):
        answer = web.options(f"/db/{database}/rest/people/x", headers=headers)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == APP
        assert answer.headers["Access-Control-Allow-Methods"] == "GET, PUT, PATCH, DELETE, OPTIONS"
        for name in ("x-apikey", "authorization", "content-type", "cache-control"):
            assert name in answer.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
    refused = web.options("/db/x/rest/people", headers={"Origin": "null"})
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_a_key_in_the_query_stays_out_of_the_log(rest: Rest, home: Any) -> None:
    key = make_key(rest.tenant.client, rest.tenant.bearer)
    assert rest.ask(f"GET pets?apikey={key}", key="").status_code == 200
    assert rest.ask(f"GET nope?apikey={key}", key="").status_code == 404
    logs = [path.read_text(errors="replace") for path in (home / "logs").glob("*.log")]
    assert logs
    assert all(key not in text for text in logs)
