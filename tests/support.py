"""What the tests of the surfaces share: tenants of the running service, and direct access to its databases."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pymongo

from datacube.local import paths as installation
from engine import Error

PASSWORD = "a-strong-and-secure-password"
NOT_FOUND = "Not found or access denied"
NO_CREDENTIALS = "Authentication credentials were not provided."
MISSING_ID = "60c72b2f9b1d8b1a2d3e4567"

# Shaped like vega's movies.json: names with spaces, nulls, mixed types, dates that are mere text.
FILMS: list[dict[str, Any]] = [
    {"Title": "The Land Girls", "US Gross": 146083, "Release Date": "Jun 12 1998", "IMDB Rating": 6.1},
    {"Title": "Let's Talk About Sex", "US Gross": 373615, "Release Date": "Sep 11 1998", "IMDB Rating": None},
    {"Title": "Slam", "US Gross": 1009819, "Release Date": "Oct 09 1998", "IMDB Rating": 3.4, "Director": None},
    {"Title": 12, "US Gross": "unknown", "Release Date": "1 1 1979", "Source": "Original Screenplay"},
    {"Title": "Pirates", "US Gross": 1641825, "Director": "Roman Polanski", "Creative Type": {"IMDB Votes": 2}},
]
FILM_FIELDS = [{"name": "IMDB Rating", "type": "number"}, {"name": "Director", "type": "string"}]


@dataclass(frozen=True)
class Surface:
    """One dialect, as the shared tables need it.

    `is_error` checks the shape of an error body. The view of `route` calls the function `below`, given as a module
    and a name; tests make it fail. `requests` maps a route to a request for the ids of a tenant, and `provoked` a
    status to (route, caller, request); tests/isolation/ and tests/test_error_envelopes.py have these two
    for the surfaces of several routes. `own` are requests whose database is the caller's own.
    """

    envelope: Callable[[Error], dict[str, Any]]
    route: str
    is_error: Callable[[dict[str, Any]], bool]
    below: tuple[Any, str]
    requests: Mapping[str, Callable[[dict[str, str]], dict[str, Any]]] = field(default_factory=dict)
    provoked: Mapping[int, tuple[str, str, dict[str, Any]]] = field(default_factory=dict)
    own: Mapping[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Tenant:
    """An account of the service, with one database and a key for its documents."""

    client: httpx.Client
    email: str
    access: str
    database: str
    name: str
    key: str

    @property
    def bearer(self) -> str:
        return f"Bearer {self.access}"

    @property
    def api_key(self) -> str:
        return f"Api-Key {self.key}"

    def ask(self, route: str, *, auth: str | None = None, **request: Any) -> httpx.Response:
        """Send `ask("GET /api/crud", params={…})`; `auth` is the whole header, None means the access token."""
        return ask(self.client, route, auth=self.bearer if auth is None else auth, **request)

    def add(self, *collections: Mapping[str, Any]) -> None:
        body = {"database_id": self.database, "collections": list(collections)}
        assert self.ask("POST /api/add_collection", json=body).status_code == 201

    def new_collection(self, *fields: Mapping[str, Any], **properties: Any) -> str:
        """Create an empty collection and return its name."""
        name = f"c_{secrets.token_hex(6)}"
        self.add({"name": name, "fields": list(fields) or FILM_FIELDS, **properties})
        return name

    def insert(self, collection: str, documents: Iterable[Mapping[str, Any]]) -> list[str]:
        body = {"database_id": self.database, "collection_name": collection, "data": list(documents)}
        answer = self.ask("POST /api/crud", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["inserted_ids"]

    def find(self, collection: str, **params: Any) -> dict[str, Any]:
        query = {"database_id": self.database, "collection_name": collection, **params}
        answer = self.ask("GET /api/crud", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def count(self, collection: str) -> int:
        return self.find(collection, page_size=1)["pagination"]["total_items"]

    def collections(self) -> list[str]:
        answer = self.ask("GET /api/get_metadata", params={"database_id": self.database})
        return [item["name"] for item in answer.json()["data"]["collections"]]

    def new_key(self, **body: Any) -> str:
        """Create another key and return its whole header."""
        return f"Api-Key {make_key(self.client, self.bearer, **body)}"

    def upload(self, content: bytes, *, name: str = "films.json", auth: str | None = None, **form: str) -> Any:
        """Send POST /api/import_data; without `collection_name` the file's name counts."""
        return self.ask(
            "POST /api/import_data",
            auth=auth,
            data={"database_id": self.database, **form},
            files={"json_file": (name, content, "application/json")},
        )


def ask(client: httpx.Client, route: str, *, auth: str = "", **request: Any) -> httpx.Response:
    verb, path = route.split(" ", 1)
    headers = {**({"Authorization": auth} if auth else {}), **request.pop("headers", {})}
    return client.request(verb, path, headers=headers, **request)


def make_person(client: httpx.Client) -> tuple[str, str]:
    """Return the email address and the access token of a new account."""
    email = f"{secrets.token_hex(8)}@example.com"
    body = {"email": email, "firstName": "Alex", "lastName": "Dev", "password": PASSWORD}
    assert client.post("/core/register", json=body).status_code == 201
    answer = client.post("/core/login", json={"email": email, "password": PASSWORD})
    return email, answer.json()["access"]


def make_database(client: httpx.Client, auth: str, *, name: str = "", collections: Any = None) -> tuple[str, str]:
    """Return the id and the name of a new database."""
    name = name or f"d_{secrets.token_hex(6)}"
    body = {"db_name": name, "collections": collections or [{"name": "films", "fields": FILM_FIELDS}]}
    answer = ask(client, "POST /api/create_database", auth=auth, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["database"]["id"], name


def make_key(client: httpx.Client, auth: str, **body: Any) -> str:
    answer = ask(client, "POST /api/keys", auth=auth, json={"name": "a key", **body})
    assert answer.status_code == 201, answer.text
    return answer.json()["key"]


def make_tenant(client: httpx.Client) -> Tenant:
    email, access = make_person(client)
    auth = f"Bearer {access}"
    database, name = make_database(client, auth)
    return Tenant(client, email, access, database, name, make_key(client, auth))


def status_and_body(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()


def refused(message: str, *errors: tuple[Any, ...]) -> dict[str, Any]:
    """Return the error body of the management and data API; an error is (field, message) or with an index."""
    return {
        "success": False,
        "message": message,
        "errors": [dict(zip(("field", "message", "index"), error, strict=False)) for error in errors],
    }


def nested(depth: int) -> dict[str, Any]:
    """Return an object with `depth` levels of objects, itself included."""
    value: dict[str, Any] = {"end": 1}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


def until(check: Callable[[], Any], *, seconds: float = 300.0, every: float = 0.1) -> Any:
    """Return the result of `check` as soon as it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := check():
            return result
        time.sleep(every)
    raise AssertionError(f"nothing after {seconds:g} s")


class Truth:
    """What is stored, read past the API: the platform's rows from SQLite, the documents from mongod."""

    def __init__(self, home: Path) -> None:
        self._sqlite = f"file:{home / 'platform.sqlite3'}?mode=ro"
        self._mongo: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(installation.embedded_mongodb_uri())

    def close(self) -> None:
        self._mongo.close()

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._sqlite, uri=True, timeout=60)) as connection:
            return connection.execute(query, values).fetchall()

    def documents(self, physical: str) -> dict[str, list[dict[str, Any]]]:
        """Return {collection: its documents by id} of one physical database."""
        database = self._mongo[physical]
        return {
            name: list(database[name].find(sort=[("_id", 1)])) for name in sorted(database.list_collection_names())
        }

    def write(self, physical: str, collection: str, documents: list[dict[str, Any]]) -> None:
        """Insert documents without the service, as a process that died would leave them."""
        self._mongo[physical][collection].insert_many(documents)

    def drop(self, physical: str) -> None:
        self._mongo.drop_database(physical)

    def physical_databases(self) -> list[str]:
        return self._mongo.list_database_names()

    def of_team(self, team: int) -> dict[str, Any]:
        """Return all that a team has, except when its keys were last used: rows, hashes of collections, indexes.

        Of the indexes only the number of each database: it is read thousands of times, and a list of them takes a
        request for each collection.
        """
        contents: dict[str, Any] = {query: self.rows(query, team) for query in _OF_TEAM}
        for (physical,) in self.rows(_PHYSICAL_OF_TEAM, team):
            database = self._mongo[physical]
            hashes = database.command("dbHash")["collections"]
            contents[physical] = (hashes, database.command("dbStats")["indexes"])
        return contents

    def team_of(self, email: str) -> int:
        return self.rows(
            "SELECT team_id FROM accounts_membership JOIN accounts_user AS user ON user.id = user_id"
            " WHERE email = ?",
            email,
        )[0][0]


# Dropped databases belong to no team, and the sweep deletes them later.
_PHYSICAL_OF_TEAM = "SELECT physical FROM catalog_database WHERE team_id = ? AND state <> 'dropping' ORDER BY id"
_OF_TEAM = (
    "SELECT * FROM catalog_database WHERE team_id = ? AND state <> 'dropping' ORDER BY id",
    "SELECT collection.* FROM catalog_collection AS collection JOIN catalog_database AS database"
    " ON database.id = database_id WHERE team_id = ? AND database.state <> 'dropping'"
    " AND collection.state <> 'dropping' ORDER BY collection.id",
    "SELECT job.* FROM jobs_job AS job JOIN catalog_database AS database"
    " ON database.public_id = job.database_id WHERE team_id = ? AND database.state <> 'dropping' ORDER BY job.id",
    "SELECT hook.id, url, events, active FROM webhooks_webhook AS hook JOIN catalog_database AS database"
    " ON database.public_id = hook.database_id WHERE team_id = ? AND database.state <> 'dropping' ORDER BY hook.id",
    "SELECT issuer.id, issuer.name, key, roles, private FROM identity_issuer AS issuer"
    " JOIN catalog_database AS database ON database.id = database_id"
    " WHERE team_id = ? AND database.state <> 'dropping' ORDER BY issuer.id",
    *(
        f"SELECT feature.* FROM {table} AS feature JOIN catalog_database AS database ON database.id = database_id"
        " WHERE team_id = ? AND database.state <> 'dropping' ORDER BY feature.id"
        for table in ("environment_environmentvariable", "charts_tablechart", "charts_dashboard", "apps_app")
    ),
    "SELECT id, name, description, digest, databases, actions, grants, expires_at, revoked_at FROM accounts_apikey"
    " WHERE team_id = ? ORDER BY id",
    "SELECT user.* FROM accounts_user AS user JOIN accounts_membership ON user_id = user.id"
    " WHERE team_id = ? ORDER BY user.id",
)
