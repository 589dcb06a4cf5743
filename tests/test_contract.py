"""Every published example, and what else the contract requires, run in order against the service."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support import ask, until

STEPS = [
    step for file in sorted(Path(__file__).parent.glob("contract/*.json")) for step in json.loads(file.read_text())
]
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
# Each generation of clients: with and without a slash at the end, the keyword in any case, both credentials.
CALLERS = [
    pytest.param("Bearer {access}", "", "u{user_id}", id="token"),
    pytest.param("Api-Key {key}", "", "k{key_id}", id="key"),
    pytest.param("bEARER {access}", "/", "u{user_id}", id="token, slash, odd case"),
    pytest.param("API-KEY {key}", "/", "k{key_id}", id="key, slash, odd case"),
]


@dataclass
class Run:
    """One caller's way through all steps; `known` are the values met so far."""

    client: httpx.Client
    home: Path
    credentials: str
    slash: str
    known: dict[str, str] = field(default_factory=dict)

    def step(self, step: dict[str, Any]) -> None:
        if "mail" in step:
            self.known[step["mail"]["as"]] = self._mailed(step["mail"]["path"])
        answer = self._ask(step["request"])
        content = answer.json() if answer.content else None
        assert (answer.status_code, self._match(content, step["body"])) == (step["status"], content), step["title"]

    def _ask(self, request: dict[str, Any]) -> httpx.Response:
        query = f"?{request['query']}" if "query" in request else ""
        route = self._filled(f"{request['verb']} {request['path']}{self.slash}{query}")
        named = {"bearer": "Bearer {access}", None: ""}
        auth = self._filled(named.get(request.get("auth", "the caller's"), self.credentials))
        sent = {name: self._filled(request[name]) for name in ("json", "params") if name in request}
        if "form" in request:
            sent = {"data": self._filled(request["form"]), "files": {"json_file": _file(request["file"])}}
        return ask(self.client, route, auth=auth, **sent)

    def _filled(self, value: Any) -> Any:
        """Return the value with every known `{name}` replaced."""
        if isinstance(value, dict):
            return {key: self._filled(child) for key, child in value.items()}
        if isinstance(value, list):
            return [self._filled(child) for child in value]
        if not isinstance(value, str):
            return value
        return re.sub(r"\{(\w+)\}", lambda match: self.known.get(match[1], match[0]), value)

    def _match(self, actual: Any, expected: Any) -> Any:
        """Return the expected value with actual values where a pattern matches them, so that differences show."""
        if isinstance(expected, dict) and isinstance(actual, dict):
            return {key: self._match(actual.get(key), child) for key, child in expected.items()}
        if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
            return [self._match(item, child) for item, child in zip(actual, expected, strict=True)]
        if not isinstance(expected, str) or not expected.startswith("~"):
            return self._filled(expected)
        text = actual if isinstance(actual, str) else json.dumps(actual)
        matched = re.fullmatch(self._filled(expected[1:]), text)
        self.known |= matched.groupdict() if matched else {}
        return actual if matched else expected

    def _mailed(self, path: str) -> str:
        """Return the token in a mail to the caller that links to the path."""
        link = re.compile(rf"^http://\S+{path}(\S+)$", re.MULTILINE)

        def token_in_mail() -> str | None:
            texts = [file.read_text() for file in sorted((self.home / "mail").glob("*"))]
            tokens = [link.search(text) for text in texts if f"To: {self.known['email']}" in text]
            return next((token[1] for token in tokens if token), None)

        return until(token_in_mail)


def _file(described: dict[str, Any]) -> tuple[str, bytes, str]:
    text = described.get("text") or json.dumps([{"n": n} for n in range(described["documents"])])
    return described["name"], text.encode(), "application/json"


@pytest.mark.parametrize(("credentials", "slash", "actor"), CALLERS)
def test_the_published_examples(web: httpx.Client, home: Path, credentials: str, slash: str, actor: str) -> None:
    run = Run(web, home, credentials, slash, {"email": f"{secrets.token_hex(8)}@example.com", "time": TIME})
    for step in STEPS:
        if "user_id" in run.known and "key_id" in run.known:
            run.known["actor"] = run._filled(actor)
        run.step(step)


def test_every_published_example_is_here() -> None:
    """Check the twelve headings of the published page that have a request; CRUD Documents has three of them."""
    published = [step["title"] for step in STEPS if step.get("published")]
    assert published == [
        "Register User",
        "Login (Get JWT)",
        "Create Database",
        "List Databases",
        "Get Database Metadata",
        "List Collections",
        "Import Data (File Upload)",
        "CRUD Documents: insert",
        "CRUD Documents: find",
        "CRUD Documents: update",
        "Drop Collections",
        "Drop Database",
    ]


PUBLISHED_ROUTES = {
    *("POST /core/register", "POST /core/login", "POST /core/token/refresh", "GET /core/profile"),
    *("GET /core/verify-email", "POST /core/verify-email/resend"),
    *("POST /core/password-reset/request", "POST /core/password-reset/confirm"),
    *("GET /core/api/v1/keys", "POST /core/api/v1/keys", "DELETE /core/api/v1/keys"),
    *("GET /core/api/v1/dashboard/stats", "GET /core/api/v1/database"),
    *("POST /api/create_database", "POST /api/add_collection", "GET /api/list_databases", "GET /api/get_metadata"),
    *("GET /api/list_collections", "DELETE /api/drop_database", "DELETE /api/drop_collections"),
    *("POST /api/import_data", "POST /api/crud", "GET /api/crud", "PUT /api/crud", "DELETE /api/crud"),
    "GET /health_check",
}


def test_every_route_of_the_contract_is_run() -> None:
    run = {f"{step['request']['verb']} {re.sub(r'/{.*', '', step['request']['path'])}" for step in STEPS}
    assert run == PUBLISHED_ROUTES


@pytest.mark.parametrize(
    ("credentials", "message"),
    [
        ("Bearer", "The Authorization header must be 'Bearer <token>' or 'Api-Key <key>'."),
        ("Basic YTpi", "The Authorization header must be 'Bearer <token>' or 'Api-Key <key>'."),
        ("Api-Key a b", "The Authorization header must be 'Bearer <token>' or 'Api-Key <key>'."),
        ("Api-Key sk_test_wrong", "Invalid API Key."),
        ("Bearer eyJ.eyJ.sig", "Token is invalid or expired"),
    ],
)
@pytest.mark.parametrize("route", ["GET /api/list_databases", "GET /api/crud"])
def test_bad_credentials(web: httpx.Client, route: str, credentials: str, message: str) -> None:
    answer = ask(web, route, auth=credentials)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json() == {"success": False, "message": message, "errors": [], "detail": message}
