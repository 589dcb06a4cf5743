"""Prompts: without a language model over HTTP, and with one against a server of its protocol."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

import accounts.services
from tests.dialects.airsequel.support import SAMPLES, Airsequel, failed, result_of
from tests.features.prompts.fake_model import FakeModel, answer, running
from tests.support import NO_CREDENTIALS, PASSWORD

SCRIPT = (
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age REAL);"
    "CREATE TABLE songs (title TEXT UNIQUE)"
)
PROMPT = SAMPLES["POST /api/dbs/:dbId/prompt"]["request"]
NO_MODEL = failed(
    501, "This installation has no language model. Its operator can set LLM_BASE_URL and LLM_MODEL to use one."
)
NO_PROMPT = "prompt: Must be a text that is not empty, without NUL."
USERS = "users: id (INTEGER, primary key), name (TEXT, required), age (REAL)."
SONGS = "songs: title (TEXT, unique)."
Send = Callable[..., tuple[int, Any]]


def test_without_a_model(airsequel: Airsequel) -> None:
    base = f"/api/dbs/{airsequel.new_database(SCRIPT)}/prompt"
    assert result_of(airsequel.ask(f"POST {base}", json=PROMPT)) == NO_MODEL
    assert result_of(airsequel.ask("POST /api/prompt/create-database", json=PROMPT)) == NO_MODEL
    of_all = {"description": f"2 tables. {USERS} {SONGS}", "source": "schema"}
    published = SAMPLES["POST /api/dbs/:dbId/prompt/describe-database"]["request"]
    assert airsequel.get(f"POST {base}/describe-database", json=published) == of_all
    published = SAMPLES["POST /api/dbs/:dbId/prompt/describe-table"]["request"]
    assert airsequel.get(f"POST {base}/describe-table", json=published)["description"] == f"{USERS} {SONGS}"
    one = airsequel.get(f"POST {base}/describe-table", json={"tableName": "songs"})
    assert one == {"description": SONGS, "source": "schema"}
    refused = airsequel.ask(f"POST {base}/describe-table", json={"tableName": "lost"})
    assert result_of(refused) == failed(400, "tableName: The database has no table 'lost'.")
    published = SAMPLES["POST /api/dbs/:dbId/prompt/describe-function"]["request"]
    missing = airsequel.ask(f"POST {base}/describe-function", json=published)
    assert result_of(missing) == failed(404, "Function not found.")


@pytest.mark.usefixtures("nothing_changes")
def test_refused_prompts(airsequel: Airsequel) -> None:
    base = f"/api/dbs/{airsequel.tenant.database}/prompt"
    for body, messages in (
        ({}, [NO_PROMPT]),
        ({"prompt": ""}, [NO_PROMPT]),
        (
            {"prompt": 1, "funcId": 2, "tableName": "x" * 101},
            [
                "funcId: Must be a name of at most 100 characters, or null.",
                NO_PROMPT,
                "tableName: Must be a name of at most 100 characters, or null.",
            ],
        ),
    ):
        assert result_of(airsequel.ask(f"POST {base}", json=body)) == failed(400, *messages)
        assert result_of(airsequel.ask("POST /api/prompt/create-database", json=body)) == failed(400, *messages)
    for path in (base, f"{base}/describe-database", "/api/prompt/create-database"):
        assert result_of(airsequel.ask(f"POST {path}", json=PROMPT, auth="")) == failed(401, NO_CREDENTIALS)


@pytest.fixture
def model(settings: Any) -> Iterator[FakeModel]:
    with running() as server:
        settings.LLM_BASE_URL, settings.LLM_MODEL, settings.LLM_API_KEY = server.url, "small", "secret"
        yield server


@pytest.fixture
def send(db: None) -> Send:
    """Return `send(route, body)` of a new person, in this process."""
    email = f"{secrets.token_hex(8)}@example.com"
    accounts.services.people.register(email, password=PASSWORD, first_name="A", last_name="B")
    headers = {"Authorization": f"Bearer {accounts.services.sessions.log_in(email, password=PASSWORD).access}"}

    def send(route: str, body: Any, *, auth: dict[str, str] = headers) -> tuple[int, Any]:
        verb, path = route.split(" ")
        response = Client().generic(verb, path, json.dumps(body), "application/json", headers=auth)
        return response.status_code, json.loads(response.content)

    return send


def test_with_a_model(model: FakeModel, send: Send, settings: Any) -> None:
    status, created = send("POST /api/dbs", {"name": f"d {secrets.token_hex(4)}", "query": SCRIPT})
    assert status == 200
    base = f"/api/dbs/{created['id']}"
    insert = 'mutation { insert_users(objects: [{name: "Row-Secret"}]) { affected_rows } }'
    assert send(f"POST /dbs/{created['id']}/graphql", {"query": insert})[0] == 200
    model.content = answer("```sql\nDROP TABLE users\n```")
    assert send(f"POST {base}/prompt", {"prompt": "Remove all", "tableName": "users"}) == (
        200,
        {"code": "DROP TABLE users", "language": "sql"},
    )
    assert '"name" TEXT NOT NULL' in model.sent and "songs" not in model.sent and "Row-Secret" not in model.sent
    assert send(f"GET {base}/tables/users", None)[1]["numberOfRows"] == 1  # the suggestion has not run
    model.content = answer("export default () => 1")
    assert send(f"POST {base}/prompt", PROMPT)[1] == {"code": "export default () => 1", "language": "typescript"}
    model.content = answer(" People and songs. ")
    for kind in ("database", "table"):
        described = send(f"POST {base}/prompt/describe-{kind}", PROMPT)
        assert described == (200, {"description": "People and songs.", "source": "model"})
    assert "Row-Secret" not in model.sent and "songs" in model.sent
    model.status = 500
    assert send(f"POST {base}/prompt", PROMPT)[0] == 503
    _check_limit(send, base, settings)


def _check_limit(send: Send, base: str, settings: Any) -> None:
    """Check that the hour of a team ends; another team's goes on."""
    settings.LLM_REQUESTS_PER_HOUR = 5
    status, body = send(f"POST {base}/prompt", PROMPT)
    assert (status, body) == failed(429, "Too many requests; try again later.")
    visitor = send(f"POST {base}/prompt", PROMPT, auth={})
    assert visitor == failed(401, NO_CREDENTIALS)


def test_a_suggested_database_is_checked_and_not_created(model: FakeModel, send: Send) -> None:
    published = SAMPLES["POST /api/prompt/create-database"]["request"]
    before = send("GET /api/dbs", None)[1]["numberOfDatabases"]
    model.content = answer("```sql\nCREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)\n```")
    status, suggested = send("POST /api/prompt/create-database", published)
    columns = [{"name": "id", "sqliteDataType": "INTEGER"}, {"name": "name", "sqliteDataType": "TEXT"}]
    assert (status, suggested) == (
        200,
        {
            "query": "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)",
            "tables": [{"columns": columns, "name": "users"}],
        },
    )
    assert send("GET /api/dbs", None)[1]["numberOfDatabases"] == before
    assert send("POST /api/dbs", {"name": "Suggested", "query": suggested["query"]})[0] == 200
    model.content = answer("DROP TABLE users")
    status, body = send("POST /api/prompt/create-database", published)
    text = "The language model's answer has other statements than CREATE TABLE. Try again, in other words."
    assert (status, body) == failed(503, text)
