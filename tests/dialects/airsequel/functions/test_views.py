"""Functions over HTTP: their life, calls by every verb, permissions, and other tenants."""

from __future__ import annotations

import json

import pytest

from dialects.airsequel.functions.views import _answer
from features.functions.running import FunctionResult, Outcome
from tests.dialects.airsequel.functions.support import publish
from tests.dialects.airsequel.support import SAMPLES, Airsequel, failed, result_of, shape
from tests.features.functions.support import require_deno
from tests.support import Tenant, until

ECHO = """export default ({ method, data, headers }: any) => (
  { data: [method, data, headers["x-a"] ?? null, "authorization" in headers] }
)"""


@pytest.fixture(scope="module")
def db_id(airsequel: Airsequel) -> str:
    require_deno()
    return airsequel.new_database("CREATE TABLE films (title TEXT NOT NULL, year INTEGER)")


def test_the_life_of_a_function(airsequel: Airsequel, db_id: str) -> None:
    sample = SAMPLES["POST /api/dbs/:dbId/functions"]
    base = f"/api/dbs/{db_id}/functions"
    created = airsequel.get(f"POST {base}?check=false", json=sample["request"])
    assert created["name"] == sample["response"]["name"]
    assert set(created) == set(sample["response"])
    one, first = f"{base}/{created['id']}", created["versions"][0]
    assert created in airsequel.get(f"GET {base}")["functions"]
    assert airsequel.get(f"GET {one}") == created
    changed = airsequel.get(f"PATCH {one}", json={"content": "export default (): number => 'a'", "name": "New"})
    assert shape(changed) == shape(SAMPLES["PATCH /api/dbs/:dbId/functions/:funcId"]["response"])
    message = "Type 'string' is not assignable to type 'number'."
    assert changed["diagnostics"] == [{"code": "TS2322", "column": 30, "line": 1, "message": message}]
    stored = airsequel.get(f"GET {one}")
    assert (stored["name"], stored["versions"]) == ("New", [changed["id"], first])
    assert airsequel.get(f"POST /fns/{created['id']}") == "a"  # types do not matter for a call
    assert airsequel.get(f"GET {one}/versions/{first}")["content"] == sample["request"]["content"]
    again = airsequel.get(f"POST {one}/republish?check=false", json={"runtime": "deno", "version": first})
    assert airsequel.get(f"GET {one}")["versions"] == [again["id"], changed["id"], first]
    assert airsequel.get(f"POST /fns/{created['id']}") is None
    assert airsequel.get(f"PATCH {one}", json={"description": None})["id"] == again["id"]
    invocations = airsequel.get(f"GET {one}/invocations")
    newest = invocations["invocations"][0]
    published = SAMPLES["GET /api/dbs/:dbId/functions/:funcId/invocations"]["response"]["invocations"][0]
    assert set(published) <= set(newest)
    assert [(item["message"], item["stream"]) for item in newest["logs"]] == [("Hello World!", "stdout")]
    assert [(item["data"], item["version"]) for item in invocations["invocations"]] == [
        ("null", again["id"]),
        ('"a"', changed["id"]),
    ]
    assert airsequel.get(f"DELETE {one}") == {}
    for route in (f"GET {one}", f"DELETE {one}", f"GET {one}/invocations"):
        assert result_of(airsequel.ask(route)) == failed(404, "Function not found.")
    assert result_of(airsequel.ask(f"POST /fns/{created['id']}")) == failed(404, "Function not found.")


def test_errors_of_definitions(airsequel: Airsequel, db_id: str) -> None:
    base = f"/api/dbs/{db_id}/functions"
    body = {"name": "", "content": 5, "description": 1, "runtime": "python"}
    assert result_of(airsequel.ask(f"POST {base}", json=body)) == failed(
        400,
        "name: Must be a string of 1 to 200 characters without NUL.",
        "content: Must be a string without NUL.",
        "description: Must be a string of at most 10000 characters without NUL, or null.",
        "runtime: Must be deno.",
    )
    large = airsequel.ask(f"POST {base}", json={"name": "a", "content": "x" * 300_000})
    assert result_of(large) == failed(413, "A function has at most 262144 bytes (MAX_FUNCTION_BYTES).")
    function = publish(airsequel, db_id, ECHO)
    one = f"{base}/{function['id']}"
    unknown = airsequel.ask(f"POST {one}/republish", json={"version": "unknown"})
    assert result_of(unknown) == failed(404, "Version not found.")
    missing = airsequel.ask(f"POST {one}/republish", json={})
    assert result_of(missing) == failed(400, "version: Must be the id of a version.")
    assert airsequel.get(f"GET {one}") == function


def test_calls_by_every_verb(airsequel: Airsequel, db_id: str) -> None:
    function = publish(airsequel, db_id, ECHO)["id"]
    for verb in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        query = airsequel.get(f"{verb} /fns/{function}?a=1", headers={"X-A": "b"})
        assert query == [verb, {"a": "1"}, "b", False]
    assert airsequel.get(f"POST /fns/{function}", json={"a": [1]}) == ["POST", {"a": [1]}, None, False]
    assert airsequel.ask(f"POST /fns/{function}", content=b"{").status_code == 400
    boom = publish(airsequel, db_id, "export default () => { throw new Error('boom') }")["id"]
    answer = airsequel.ask(f"POST /fns/{boom}")
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["message"].startswith("Error: boom\n    at ")


def test_who_may_call(airsequel: Airsequel, ben: Tenant, db_id: str) -> None:
    content = """export default async ({ db }: any) => {
      await db.find("films");
      return db.insert("films", { title: "X" });
    }"""
    function = publish(airsequel, db_id, content)["id"]
    assert result_of(airsequel.ask(f"GET /fns/{function}", auth=ben.bearer)) == failed(404, "Function not found.")
    without = result_of(airsequel.ask(f"GET /fns/{function}", auth=""))
    assert without == result_of(airsequel.ask("GET /fns/unknown", auth=""))
    assert without[0] == 401
    one = f"/api/dbs/{db_id}/functions/{function}"
    assert airsequel.get(f"GET {one}/invocations") == {"invocations": []}
    airsequel.get(f"PATCH /api/dbs/{db_id}/settings", json={"visibility": "public"})
    try:
        visitor = airsequel.ask(f"POST /fns/{function}", auth="")
        assert (visitor.status_code, "needs the permission 'insert'" in visitor.text) == (500, True)
    finally:
        airsequel.get(f"PATCH /api/dbs/{db_id}/settings", json={"visibility": "private"})
    assert airsequel.get(f"GET /api/dbs/{db_id}/tables/films")["numberOfRows"] == 0


def test_triggers_and_schedules(airsequel: Airsequel, db_id: str) -> None:
    content = (
        "export default ({ data, db }: any) => db.insert('log', { what: `${data.event} ${data.document?.title}` })"
    )
    function = publish(airsequel, db_id, content)["id"]
    airsequel.get(f"PUT /api/dbs/{db_id}/tables/log", json={"columns": [{"name": "what"}]})
    route = f"/api/dbs/{db_id}/functions/{function}/starts"
    assert airsequel.get(f"GET {route}") == {"nextUtc": None, "schedule": None, "triggers": []}
    trigger = {"collection": "films", "events": ["insert", "delete"]}
    for body, field in [
        ({"triggers": [{"collection": "unknown"}]}, "triggers"),
        ({"triggers": [{**trigger, "events": ["read"]}]}, "triggers"),
        ({"triggers": [trigger, trigger]}, "triggers"),
        ({"triggers": [trigger], "schedule": "often"}, "schedule"),
    ]:
        answer = airsequel.ask(f"PUT {route}", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["message"].partition(":")[0]) == (400, field)
    assert airsequel.get(f"GET {route}")["triggers"] == []
    shown = {**trigger, "active": True, "message": ""}
    starts = airsequel.get(f"PUT {route}", json={"triggers": [trigger], "schedule": "0 0 1 1 *"})
    assert starts["triggers"] == [shown]
    assert starts["nextUtc"].endswith("-01-01T00:00:00.000Z")
    webhooks = airsequel.tenant.ask("GET /api/webhooks", params={"database_id": airsequel.catalog_id(db_id)})
    assert webhooks.json()["webhooks"] == []
    mutation = 'mutation { insert_films(objects: [{title: "X"}]) { affected_rows } }'
    airsequel.get(f"POST /dbs/{db_id}/graphql", json={"query": mutation})
    query = {"query": "{ log { what } }"}
    log = f"POST /dbs/{db_id}/graphql"
    until(lambda: airsequel.get(log, json=query)["data"]["log"] == [{"what": "insert X"}], seconds=180)
    calls = f"GET /api/dbs/{db_id}/functions/{function}/invocations"
    invocation = until(lambda: airsequel.get(calls)["invocations"], seconds=100)[0]
    assert (invocation["method"], invocation["outcome"]) == ("EVENT", "done")
    assert airsequel.get(f"PUT {route}", json={}) == {"nextUtc": None, "schedule": None, "triggers": []}


@pytest.mark.parametrize(("outcome", "status"), [("failed", 500), ("late", 504), ("killed", 502)])
def test_the_status_of_a_failed_call(outcome: str, status: int) -> None:
    answer = _answer(FunctionResult(outcome=Outcome(outcome), error="It failed."))
    assert (answer.status_code, json.loads(answer.content)) == failed(status, "It failed.")
