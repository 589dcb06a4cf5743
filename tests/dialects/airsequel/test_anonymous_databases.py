"""Databases that belong to nobody: who may use them for what, their limits, their adoption and their end."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

import accounts.services
import catalog.services
import catalog.services.stores.clusters
import catalog.tasks
import features.usage.services
from audit.models import AuditEntry
from catalog.models import Database
from features.jobs.models import Job
from features.usage.buckets import BUCKETS
from features.usage.models import Usage
from tests.dialects.airsequel.support import failed
from tests.dialects.airsequel.surface import PATH_NAMES, SURFACE
from tests.support import NO_CREDENTIALS, PASSWORD

pytestmark = pytest.mark.usefixtures("quick_drops", "db")
Ask = Callable[..., tuple[int, Any]]
NOBODY = failed(401, NO_CREDENTIALS)
NEEDS_OWNER = failed(403, "A database without an owner cannot have this: give it to a team of yours first.")


class Caller:
    """Sends requests from one network address, with or without credentials."""

    def __init__(self, authorization: str = "") -> None:
        address = ".".join(["10", *(str(secrets.randbelow(256)) for _ in range(3))])
        self._client = Client(REMOTE_ADDR=address)
        self._headers = {"Authorization": authorization} if authorization else {}

    def ask(self, route: str, json_body: Any = None, *, file: tuple[str, bytes] | None = None) -> tuple[int, Any]:
        """Send a request, and return the status and the body, which is JSON or text."""
        verb, path = route.split(" ")
        content: Any = "" if json_body is None else json.dumps(json_body)
        media = "application/json"
        if file is not None:
            content, media = _form(*file)
        answer = self._client.generic(verb, path, content, media, headers=self._headers)
        text = answer.getvalue()
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        return answer.status_code, json.loads(text) if is_json else text

    def create(self, **members: Any) -> str:
        body = {"name": "Scratch", "query": "CREATE TABLE films (Title TEXT, photo BLOB)", **members}
        status, created = self.ask("POST /api/dbs", body)
        assert (status, created["ownerName"]) == (200, None), created
        return str(created["id"])


def _form(name: str, content: bytes) -> tuple[bytes, str]:
    boundary = "b" * 20
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + content + f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


@pytest.fixture
def nobody(settings: Any) -> Caller:
    """A caller without credentials, where databases without an owner are allowed."""
    settings.ALLOW_ANONYMOUS_DATABASES = True
    return Caller()


@pytest.fixture
def stored() -> Callable[[str], list[str] | None]:
    """Return a function that lists the collections of a database of MongoDB; None if it does not exist."""
    client = catalog.services.stores.clusters.store()._client
    return lambda name: client[name].list_collection_names() or None


@pytest.fixture
def person() -> Caller:
    """A caller who is signed in."""
    email = f"{secrets.token_hex(8)}@example.com"
    accounts.services.people.register(email, password=PASSWORD, first_name="A", last_name="B")
    return Caller(f"Bearer {accounts.services.sessions.log_in(email, password=PASSWORD).access}")


def test_they_are_off_by_default() -> None:
    body = {"name": "Scratch"}
    assert Caller().ask("POST /api/dbs", body) == NOBODY
    assert Caller().ask("POST /dbs", file=("a.csv", b"a\n1")) == NOBODY
    assert Database.objects.count() == 0


def test_everyone_who_knows_the_id_owns_it(nobody: Caller) -> None:
    db_id = nobody.create()
    stranger = Caller()
    shown = stranger.ask(f"GET /api/dbs/{db_id}")[1]
    assert (shown["owner"], shown["visibility"], shown["name"]) == (None, "public", "Scratch")
    insert = {"query": 'mutation { insert_films(objects: [{Title: "A"}]) { affected_rows } }'}
    assert stranger.ask(f"POST /dbs/{db_id}/graphql", insert) == (
        200,
        {"data": {"insert_films": {"affected_rows": 1}}},
    )
    assert nobody.ask(f"POST /dbs/{db_id}/sql", {"query": "UPDATE films SET Title = 'B'"})[1]["numChanges"] == 1
    assert (
        nobody.ask(f"POST /dbs/{db_id}/sql", {"query": "ALTER TABLE films ADD COLUMN n INTEGER"})[1]["errors"] == []
    )
    link = f"POST /readonly/{shown['readonlyId']}/graphql"
    assert stranger.ask(link, {"query": "{ films { Title } }"}) == (200, {"data": {"films": [{"Title": "B"}]}})
    assert "not supported by the schema" in str(stranger.ask(link, insert)[1])
    assert nobody.ask(f"DELETE /api/dbs/{db_id}") == (200, {})
    assert nobody.ask(f"GET /api/dbs/{db_id}") == NOBODY


def test_a_csv_file_creates_one(nobody: Caller) -> None:
    status, created = nobody.ask("POST /dbs", file=("films.csv", b"title,year\nA,1\n"))
    assert (status, created["ownerName"]) == (200, None)
    query = {"query": "SELECT * FROM films"}
    assert nobody.ask(f"POST /dbs/{created['id']}/sql", query)[1]["rows"] == [{"title": "A", "year": 1}]
    assert nobody.ask(f"PUT /dbs/{created['id']}", file=("films.csv", b"n\n2\n"))[0] == 200
    assert nobody.ask(f"POST /dbs/{created['id']}/sql", query)[1]["rows"] == [{"n": 2}]
    assert nobody.ask("POST /dbs", file=("a.sqlite", b"SQLite format 3\0" + b"\0" * 100)) == NEEDS_OWNER


_DATABASE = "/api/dbs/{db_id}"
_CELL = f"{_DATABASE}/tables/{{table}}/columns/{{column}}/files/{{primary_key}}/{{value}}"
ROUTES = [route for route in SURFACE.requests if "{db_id}" in route]
# What would cost others, or is stored beside the tables.
REFUSED = re.compile(
    r"\S+ /api/dbs/\{db_id\}/(env|prompt)\S*"
    r"|(POST|PUT|PATCH|DELETE) /api/dbs/\{db_id\}/(charts|dashboards|apps|functions)\S*"
)
# Routes of what such a database has none of, and of what the request of the shared table does not fit.
ABSENT = re.compile(r"GET \S+(/\{chart_id\}\.\w+|/apps/\{app_id\}|/functions/\{func_id\}\S*)")
OTHERS = {
    f"GET {_CELL}": 400,
    f"PUT {_CELL}": 400,
    "GET /dbs/{db_id}/graphql/v2": 400,
    f"PUT {_DATABASE}/tables/{{table}}": 409,
    f"PUT {_DATABASE}/tables/{{table}}/columns/{{column}}": 409,
}
# Without an account, with one; the first changes nothing of the database.
LINKS = {
    "POST /dbs/{db_id}/duplicate": (401, 200),
    "POST /dbs/{db_id}/regenerate-db-id": (401, 403),
    "POST /dbs/{db_id}/regenerate-readonly-id": (401, 403),
}


def expected(route: str) -> tuple[int, int]:
    """Return the status for somebody who knows the id, without an account and with one."""
    status = 403 if REFUSED.fullmatch(route) else 404 if ABSENT.fullmatch(route) else OTHERS.get(route, 200)
    return LINKS.get(route, (status, status))


def send(caller: Caller, route: str, db_id: str) -> int:
    names, request = {**PATH_NAMES, "db_id": db_id}, SURFACE.requests[route]({"database": db_id})
    path = re.sub(r"\{(\w+)\}", lambda match: names[match[1]], route)
    file = request["files"]["file"][:2] if "files" in request else None
    return caller.ask(path, request.get("json"), file=file)[0]


@pytest.mark.parametrize("group", range(4))
def test_every_route(nobody: Caller, person: Caller, group: int) -> None:
    """For its creator and strangers who know the id, with and without an account, and for those who do not."""
    db_id, unknown, stranger = nobody.create(), "scratch-" + "x" * 22, Caller()
    for route in ROUTES[group::4]:
        assert (send(stranger, route, unknown), send(person, route, unknown)) == (401, 404), route
        answers = []
        for caller in (stranger, person):
            answers.append(send(caller, route, db_id))
            if answers[-1] == 200 and route.startswith(("DELETE", "PATCH", "PUT")):
                db_id = Caller().create()
        assert (route, *answers) == (route, *expected(route))


def test_files_in_cells(nobody: Caller) -> None:
    db_id = nobody.create()
    nobody.ask(f"POST /dbs/{db_id}/sql", {"query": "INSERT INTO films VALUES ('A', NULL)"})
    cell = f"/api/dbs/{db_id}/tables/films/columns/photo/files/rowid/1"
    assert nobody.ask(f"PUT {cell}", file=("a.txt", b"hello")) == (200, {})
    assert Caller().ask(f"GET {cell}") == (200, b"hello")


def test_settings(nobody: Caller) -> None:
    db_id = nobody.create()
    route = f"PATCH /api/dbs/{db_id}/settings"
    assert nobody.ask(route, {"visibility": "private"}) == NEEDS_OWNER
    assert nobody.ask(route, {"envVars": [{"name": "A", "value": "b"}]}) == NEEDS_OWNER
    assert nobody.ask(route, {"environment": "test", "auditing": True}) == (200, {})
    assert nobody.ask(f"GET /api/dbs/{db_id}/settings")[1]["environment"] == "test"


# --- limits ------------------------------------------------------------------------------------------------


def test_number_from_one_address(nobody: Caller, settings: Any) -> None:
    settings.ANONYMOUS_DATABASES_PER_HOUR, settings.ANONYMOUS_DATABASES_PER_ADDRESS = 3, 2
    first = nobody.create()
    nobody.create()
    text = "From your address there are 2 databases without an owner, the most (ANONYMOUS_DATABASES_PER_ADDRESS)."
    assert nobody.ask("POST /api/dbs", {"name": "c"}) == failed(413, text)
    assert nobody.ask(f"DELETE /api/dbs/{first}") == (200, {})
    often = failed(429, "Too many requests; try again later.")
    assert nobody.ask("POST /api/dbs", {"name": "d"}) == nobody.ask("POST /dbs", file=("a.csv", b"a")) == often
    Caller().create()


def test_size(nobody: Caller, settings: Any) -> None:
    settings.ANONYMOUS_MAX_DOCUMENTS = 4  # the counter of the rowids is one
    db_id = nobody.create()
    insert = {"query": 'mutation { insert_films(objects: [{Title: "A"}, {Title: "B"}]) { affected_rows } }'}
    delete = {"query": "mutation { delete_films(where: {}) { affected_rows } }"}
    graphql = f"POST /dbs/{db_id}/graphql"
    assert "errors" not in nobody.ask(graphql, insert)[1]
    assert "errors" not in nobody.ask(graphql, insert)[1]
    assert "(ANONYMOUS_MAX_DOCUMENTS)" in nobody.ask(graphql, insert)[1]["errors"][0]["message"]
    statement = {"query": "INSERT INTO films (Title) VALUES ('C')"}
    assert nobody.ask(f"POST /dbs/{db_id}/sql", statement)[0] == 413
    assert nobody.ask(f"POST /dbs/{db_id}/sql", {"query": "SELECT count(*) AS n FROM films"})[1]["rows"] == [
        {"n": 4}
    ]
    assert nobody.ask(f"PUT /dbs/{db_id}", file=("a.csv", b"a\n1\n2\n3\n4\n5\n"))[0] == 413
    assert nobody.ask(graphql, delete)[1]["data"] == {"delete_films": {"affected_rows": 4}}
    settings.ANONYMOUS_MAX_DOCUMENTS, settings.ANONYMOUS_MAX_BYTES = 10_000, 100
    assert "(ANONYMOUS_MAX_BYTES)" in nobody.ask(graphql, insert)[1]["errors"][0]["message"]
    large = ("a.csv", b"a\n" + b"x" * 70_000)
    assert nobody.ask(f"PUT /dbs/{db_id}", file=large)[0] == nobody.ask("POST /dbs", file=large)[0] == 413


def test_number_of_tables(nobody: Caller, settings: Any) -> None:
    settings.ANONYMOUS_MAX_TABLES = 1
    full = failed(413, "A database without an owner has at most 1 tables (ANONYMOUS_MAX_TABLES).")
    db_id = nobody.create()
    assert nobody.ask(f"PUT /api/dbs/{db_id}/tables/second", {}) == full
    assert nobody.ask("POST /api/dbs", {"name": "a", "query": "CREATE TABLE a (b); CREATE TABLE c (d)"}) == full


# --- isolation, adoption, and the end ----------------------------------------------------------------------


def test_nobody_lists_them(nobody: Caller, person: Caller) -> None:
    db_id = nobody.create()
    assert person.ask("GET /api/dbs") == (200, {"databases": [], "numberOfDatabases": 0})
    assert person.ask("GET /api/list_databases")[1]["data"] == []
    row = Database.objects.get(shared_id=db_id)
    for route in (
        f"GET /api/get_metadata?database_id={row.public_id}",
        f"GET /api/get_metadata?database_id={row.name}",
    ):
        assert person.ask(route)[0] == 404
    assert nobody.ask(f"GET /api/dbs/{row.public_id}") == NOBODY


def test_a_person_adopts_one(nobody: Caller, person: Caller) -> None:
    db_id = nobody.create()
    nobody.ask(f"POST /dbs/{db_id}/sql", {"query": "INSERT INTO films (Title) VALUES ('A')"})
    own = person.ask("POST /api/dbs", {"name": "Scratch"})[1]
    change = {"owner": own["ownerName"], "name": "Kept"}
    assert nobody.ask(f"PATCH /api/dbs/{db_id}", change) == NOBODY
    assert person.ask(f"PATCH /api/dbs/{db_id}", {"owner": "unknown"})[0] == 400
    assert person.ask(f"PATCH /api/dbs/{db_id}", change) == (200, {})
    shown = person.ask(f"GET /api/dbs/{db_id}")[1]
    assert (shown["owner"], shown["visibility"], shown["name"]) == (own["ownerName"], "private", "Kept")
    assert person.ask("GET /api/dbs")[1]["numberOfDatabases"] == 2
    for caller in (nobody, Caller()):
        assert caller.ask(f"GET /api/dbs/{db_id}") == NOBODY
        assert caller.ask(f"POST /dbs/{db_id}/graphql", {"query": "{ films { Title } }"}) == NOBODY
    answer = person.ask(f"POST /dbs/{db_id}/graphql", {"query": "{ films { Title } }"})
    assert answer == (200, {"data": {"films": [{"Title": "A"}]}})
    assert person.ask(f"POST /api/dbs/{db_id}/apps", {"name": "a", "html": ""})[0] == 200
    assert catalog.services.metadata.anonymous.drop_expired() == 0


def test_they_end(nobody: Caller, stored: Callable[[str], list[str] | None]) -> None:
    db_id, other = nobody.create(), nobody.create()
    nobody.ask(f"POST /dbs/{db_id}/sql", {"query": "INSERT INTO films VALUES ('A', NULL)"})
    nobody.ask(f"PUT /api/dbs/{db_id}/tables/films/columns/photo/files/rowid/1", file=("a.txt", b"hello"))
    nobody.ask(f"PATCH /api/dbs/{db_id}/tables/films/columns/Title", {"name": "name"})
    row = Database.objects.get(shared_id=db_id)
    assert timedelta(days=9) < row.expires_at - timezone.now() <= timedelta(days=10)
    assert (stored(row.physical), Job.objects.filter(database_id=row.public_id).count()) != (None, 0)
    features.usage.services.add({(row.public_id, 0): [1] * (3 + len(BUCKETS))})
    assert catalog.tasks.drop_expired() is None
    assert nobody.ask(f"GET /api/dbs/{db_id}")[0] == 200
    Database.objects.filter(pk=row.pk).update(expires_at=timezone.now())
    catalog.services.access.invalidate(row.public_id)
    link = f"POST /readonly/{row.readonly_id}/graphql"
    assert nobody.ask(f"GET /api/dbs/{db_id}") == NOBODY
    assert nobody.ask(link, {"query": "{ __typename }"})[0] == 404
    catalog.tasks.drop_expired()
    assert stored(row.physical) is None
    assert AuditEntry.objects.get(action="database.drop", database_id=row.public_id).actor == "expiry"
    Database.objects.filter(pk=row.pk).update(changed_at=timezone.now() - timedelta(minutes=5))
    catalog.tasks.sweep()
    assert list(Database.objects.values_list("shared_id", flat=True)) == [other]
    assert Job.objects.filter(database_id=row.public_id).count() == 0
    assert Usage.objects.filter(database_id=row.public_id).count() == 0
