"""Every surface × every kind of failure: its status, the keys of its dialect, and no text from lower layers."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.db import OperationalError
from django.test import Client

import accounts.services
import engine
import engine.errors
from tests.support import FILMS, PASSWORD, Tenant, ask, make_person
from tests.surfaces import DESCRIBED, SURFACES, paths
from web.errors import HTTP_STATUS, Internal, KeyReused, MethodNotAllowed, UnsupportedMedia

# What must never be read from outside, whatever went wrong.
BELOW = (
    "E11000",
    "pymongo",
    "Traceback",
    "mongodb://",
    "errmsg",
    "site-packages",
    "/work/",
    ".py",
    "_V2",
    "sqlite",
)
MARK = "mongodb://10.1.2.3 E11000 Traceback /work/x.py"


# --- each envelope, given the error -------------------------------------------------------------------

FAULTS = [
    engine.FieldError("email", "It is wrong."),
    engine.FieldError("email", "Twice.", 3),
    engine.FieldError("", "All."),
]
PLAIN = [{"field": "email", "message": "It is wrong."}, {"field": "email", "message": "Twice.", "index": 3}]
PLAIN.append({"field": "", "message": "All."})
LISTED = [
    {"field": "email", "message": ["It is wrong.", "INVALID"]},
    {"field": "email", "message": ["Twice.", "INVALID"], "index": 3},
    {"field": "", "message": ["All.", "INVALID"]},
]
KINDS = [kind for kind in HTTP_STATUS if kind is not MethodNotAllowed]


@pytest.mark.parametrize("kind", KINDS)
def test_the_envelopes(kind: type[engine.Error]) -> None:
    bare, full = kind("It failed."), kind("It failed.", errors=FAULTS)
    prefix = "Value Error: " if kind is engine.Invalid else ""
    for name, prefixed in [("management", prefix), ("dataapi", ""), ("accounts below /api/keys", "")]:
        detail = {"detail": "It failed."} if kind is engine.Unauthenticated else {}
        expected = {"success": False, "message": f"{prefixed}It failed.", **detail}
        assert SURFACES[name].envelope(bare) == {**expected, "errors": []}
        assert SURFACES[name].envelope(full) == {**expected, "errors": PLAIN}
    v2 = SURFACES["management v2"].envelope
    assert v2(bare) == {"success": False, "error": v2(full)["error"], "detail": "It failed."}
    messages = {"email": ["It is wrong."], "3.email": ["Twice."], "non_field_errors": ["All."]}
    assert v2(full)["detail"] == messages
    name = {engine.Invalid: "BadRequest", engine.Unauthenticated: "Unauthorized"}.get(kind, kind.__name__)
    plain = {"message": "It failed.", "status": HTTP_STATUS[kind]}
    assert SURFACES["restdb"].envelope(bare) == {"name": name, "list": [], **plain}
    assert SURFACES["restdb"].envelope(full) == {"name": "ValidationError", "list": LISTED, **plain}
    assert SURFACES["accounts below /core"].envelope(bare) == {"detail": "It failed."}
    assert SURFACES["accounts below /core"].envelope(full) == {
        "email": ["It is wrong.", "Twice."],
        "non_field_errors": ["All."],
    }
    assert SURFACES["log-in"].envelope(bare) == SURFACES["log-in"].envelope(full) == {"error": "It failed."}


@pytest.mark.parametrize("surface", SURFACES)
def test_an_envelope_has_the_shape_of_its_surface(surface: str) -> None:
    for kind in KINDS:
        for errors in ([], FAULTS):
            assert SURFACES[surface].is_error(SURFACES[surface].envelope(kind("It failed.", errors=errors)))


# --- each surface's own views, with the failure below them --------------------------------------------

FAILURES = [
    *[
        (kind("It failed.", retry_after=7), status)
        for kind, status in HTTP_STATUS.items()
        if kind in engine.errors.KINDS
    ],
    (OperationalError(MARK), 503),
    (ZeroDivisionError(MARK), 500),
    (KeyError(MARK), 500),
]


@pytest.fixture
def account(db: None, settings: Any) -> dict[str, str]:
    """Return the email address and the authorization header of a new account of this process."""
    settings.SIGN_IN_LIMIT_ADDRESS = settings.SIGN_IN_LIMIT_ACCOUNT = 1_000_000
    accounts.services.people.register("me@example.com", password=PASSWORD, first_name="A", last_name="B")
    tokens = accounts.services.sessions.log_in("me@example.com", password=PASSWORD)
    return {"email": "me@example.com", "Authorization": f"Bearer {tokens.access}"}


@pytest.mark.parametrize("surface", SURFACES)
def test_what_fails_below_a_view(
    surface: str, account: dict[str, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "datacube.errors")
    verb, path = SURFACES[surface].route.split(" ")
    body = json.dumps({"email": account["email"], "password": PASSWORD})
    query = "?database_id=60c72b2f9b1d8b1a2d3e4567&collection_name=x"
    for error, status in FAILURES:
        module, name = SURFACES[surface].below
        monkeypatch.setattr(module, name, _raising(error))
        answer = Client().generic(
            verb,
            path + query,
            body if verb == "POST" else "",
            "application/json",
            headers={"Authorization": account["Authorization"]},
        )
        _check(surface, answer.status_code, answer.content, answer.headers)
        assert answer.status_code == status
        assert ("Retry-After" in answer.headers) == (isinstance(error, OperationalError | engine.Error))


def _raising(error: Exception) -> Callable[..., Any]:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    return fail


def _check(surface: str, status: int, content: bytes, headers: Any) -> None:
    body = json.loads(content)
    assert SURFACES[surface].is_error(body), body
    text = content.decode()
    assert [word for word in BELOW if word in text] == []
    assert (headers["Content-Type"], headers["Cache-Control"]) == ("application/json", "no-store")
    assert ("WWW-Authenticate" in headers) == (status == 401)
    assert "Allow" in headers or status != 405
    assert "X-Request-ID" in headers


def test_what_fails_outside_every_view(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check the response when a middleware or the resolver itself fails."""
    client = Client(raise_request_exception=False)
    monkeypatch.setattr("django.core.handlers.base.BaseHandler.resolve_request", _raising(ZeroDivisionError(MARK)))
    for path, surface in [("/api/crud", "management"), ("/core/profile", "accounts below /core")]:
        answer = client.get(path)
        assert answer.status_code == 500
        assert SURFACES[surface].is_error(answer.json())
        assert [word for word in BELOW if word in answer.content.decode()] == []


# --- over HTTP ----------------------------------------------------------------------------------------

LARGE = b'{"a": "' + b"x" * (16 << 20) + b'"}'
JSON = {"Content-Type": "application/json"}
TEXT_PLAIN = {"Content-Type": "text/plain"}
DEFINITION = [{"name": "a", "fields": [{"name": "b", "unique": True}]}]


def import_of(content: bytes, **form: str) -> dict[str, Any]:
    return {"data": {"database_id": "{id}", **form}, "files": {"json_file": ("a.json", content)}}


# (surface, status) → route, the caller, the request. `{id}` is the database, `{other}` one that does not exist.
PROVOKED: dict[tuple[str, int], tuple[str, str, dict[str, Any]]] = {
    ("management", 400): ("POST /api/create_database", "person", {"json": {}}),
    ("management", 401): ("GET /api/list_databases", "", {}),
    ("management", 403): ("POST /api/add_collection", "key", {"json": {"database_id": "{id}"}}),
    ("management", 404): ("GET /api/get_metadata", "person", {"params": {"database_id": "{other}"}}),
    ("management", 405): ("PATCH /api/import_data", "person", {}),
    ("management", 409): (
        "POST /api/import_data",
        "person",
        import_of(b'[{"b": "x"}, {"b": "x"}]', collection_name="a"),
    ),
    ("management", 413): ("POST /api/create_database", "person", {"content": LARGE, "headers": JSON}),
    ("management", 415): ("POST /api/create_database", "person", {"data": {"db_name": "x"}}),
    ("dataapi", 400): ("POST /api/crud", "key", {"json": {}}),
    ("dataapi", 401): ("POST /api/crud", "", {"json": {}}),
    ("dataapi", 403): ("GET /api/crud", "insert key", {"params": {"database_id": "{id}", "collection_name": "a"}}),
    ("dataapi", 404): ("GET /api/crud", "key", {"params": {"database_id": "{other}", "collection_name": "a"}}),
    ("dataapi", 405): ("PATCH /api/crud", "key", {}),
    ("dataapi", 409): (
        "POST /api/crud",
        "key",
        {"json": {"database_id": "{id}", "collection_name": "a", "data": [{"b": "x"}, {"b": "x"}]}},
    ),
    ("dataapi", 413): ("PUT /api/crud", "key", {"content": LARGE}),
    ("management v2", 400): ("GET /api/v2/list_databases?page_size=1001", "key", {}),
    ("management v2", 404): ("GET /api/v2/get_metadata", "person", {"params": {"database_id": "{other}"}}),
    ("management v2", 415): ("POST /api/v2/create_database", "person", {"data": {"db_name": "x"}}),
    ("dataapi v2", 400): ("POST /api/v2/crud", "key", {"json": {}}),
    ("dataapi v2", 401): ("POST /api/v2/crud/bulk", "", {"json": {}}),
    ("dataapi v2", 405): ("PATCH /api/v2/crud", "key", {}),
    ("accounts below /core", 400): ("POST /core/register", "", {"json": {"email": "x"}}),
    ("accounts below /core", 401): ("GET /core/profile", "", {}),
    ("accounts below /core", 403): ("GET /core/profile", "key", {}),
    ("accounts below /core", 404): ("DELETE /core/api/v1/keys/999999", "person", {}),
    ("accounts below /core", 405): ("PUT /core/profile", "person", {}),
    ("accounts below /core", 413): ("POST /core/register", "", {"content": LARGE, "headers": JSON}),
    ("accounts below /core", 415): ("POST /core/register", "", {"content": b"x", "headers": TEXT_PLAIN}),
    ("accounts below /api/keys", 400): ("POST /api/keys", "person", {"json": {}}),
    ("accounts below /api/keys", 401): ("GET /api/keys", "", {}),
    ("accounts below /api/keys", 403): ("GET /api/keys", "key", {}),
    ("accounts below /api/keys", 404): ("DELETE /api/keys/999999", "person", {}),
    ("accounts below /api/keys", 405): ("PUT /api/keys", "person", {}),
    ("accounts below /api/keys", 413): ("POST /api/keys", "person", {"content": LARGE, "headers": JSON}),
    ("accounts below /api/keys", 415): ("POST /api/keys", "person", {"data": {"name": "x"}}),
    ("log-in", 400): ("POST /core/login", "", {"json": {}}),
    ("log-in", 401): ("POST /core/login", "", {"json": {"email": "nobody@example.com", "password": PASSWORD}}),
    ("log-in", 405): ("GET /core/login", "", {}),
    ("log-in", 413): ("POST /core/login", "", {"content": LARGE, "headers": JSON}),
    ("log-in", 415): ("POST /core/login", "", {"content": b"x", "headers": TEXT_PLAIN}),
}


PROVOKED |= {
    (name, status): provoked for name, surface in SURFACES.items() for status, provoked in surface.provoked.items()
}


@pytest.fixture(scope="module")
def callers(anna: Tenant) -> dict[str, str]:
    anna.add(*DEFINITION)
    anna.insert("films", FILMS)
    return {
        "": "",
        "person": anna.bearer,
        "key": anna.api_key,
        "insert key": anna.new_key(actions=["insert"]),
    }


@pytest.mark.parametrize(("surface", "status"), PROVOKED)
def test_provoked_over_http(anna: Tenant, callers: dict[str, str], surface: str, status: int) -> None:
    route, caller, request = PROVOKED[surface, status]
    sent = _filled(request, anna.database)
    answer = ask(anna.client, _filled(route, anna.database), auth=callers[caller], **sent)
    assert answer.status_code == status
    _check(surface, answer.status_code, answer.content, answer.headers)


def _filled(value: Any, database: str) -> Any:
    if isinstance(value, dict):
        return {name: _filled(child, database) for name, child in value.items()}
    if not isinstance(value, str):
        return value
    return value.replace("{id}", database).replace("{other}", "0" * 24)


@pytest.mark.parametrize(
    ("surface", "route", "body"),
    [
        ("log-in", "POST /core/login", {"email": "{email}", "password": "wrong"}),
        ("accounts below /core", "POST /core/password-reset/request", {"email": "{email}"}),
    ],
)
def test_too_often(web: httpx.Client, surface: str, route: str, body: dict[str, str]) -> None:
    email, _ = make_person(web)
    filled = {name: text.replace("{email}", email) for name, text in body.items()}
    answers = [ask(web, route, json=filled) for _ in range(12)]
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    _check(surface, 429, answers[-1].content, answers[-1].headers)


def test_every_status_that_http_can_provoke_is_provoked() -> None:
    """Check the list of statuses. 500 and 503 need a broken part, and 429 has its own test; the data API reads any
    content type. 501 needs a route that an installation does not have as a whole.

    507 needs a full disk.

    412 and 422 are statuses of its writes alone, and are tested with them. The REST dialect has a 406, and reports
    conflicts of unique values as validation errors.
    """
    statuses = {*HTTP_STATUS.values()} - {406, 412, 422, 429, 500, 501, 503, 507}
    provoked = {name: {status for surface, status in PROVOKED if surface == name} for name in SURFACES}
    assert provoked["management"] == statuses
    assert provoked["dataapi"] == statuses - {415}
    assert provoked["restdb"] == statuses - {409, 415} | {406}
    assert all(provoked[name] >= {400, 401, 404} for name in DESCRIBED)


@pytest.mark.parametrize("kind", [Internal, KeyReused, UnsupportedMedia])
def test_kinds_of_http_alone_are_not_the_engines(kind: type[engine.Error]) -> None:
    assert kind not in engine.errors.KINDS


@pytest.mark.parametrize(
    ("path", "surface"),
    [
        ("/api/x", "management"),
        ("/core/x", "accounts below /core"),
        ("/api/v2/x", "management v2"),
        ("/db/x/y", "restdb"),
        ("/0.1/x", "communibase"),
        ("/communibase/x", "communibase"),
    ],
)
def test_unknown_addresses(anna: Tenant, path: str, surface: str) -> None:
    for verb in ("GET", "POST", "DELETE"):
        answer = anna.ask(f"{verb} {path}")
        assert answer.status_code == 404
        _check(surface, 404, answer.content, answer.headers)


VERBS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"]


@pytest.mark.parametrize("path", paths())
def test_no_verb_breaks_a_route(anna: Tenant, path: str) -> None:
    """Check that an unsupported method gives a 405 with the supported ones, or a 401 or 415 before that."""
    for verb in VERBS:
        answer = anna.ask(f"{verb} {re.sub(r'{[^}]*}', '0', path)}", auth=anna.api_key)
        assert answer.status_code < 500, verb
        assert answer.status_code != 405 or verb not in answer.headers["Allow"].split(", ")
