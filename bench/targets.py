"""The targets of the measurements: how each is filled, and the requests of each workload in its own dialect."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import orjson
from pymongo import MongoClient
from tqdm import tqdm

from bench.documents import COUNT, INDEXES, document, email

Request = tuple[str, str, bytes]
WORKLOADS = ("insert", "read", "filter", "page", "update", "mixed", "batch")
# Of 100 requests of the mixed workload.
_MIX = {"read": 70, "update": 20, "insert": 10}
IDS_AT_ONCE = 100
ALIASES = 20
BATCH = 1_000
_STEP = 5_000
_PAGES = 20


# requests.lua replaces RANDOM by six digits for each request, so that every update changes something.
_CHANGE = {"visits": "RANDOM"}


def _with_placeholder(body: bytes) -> bytes:
    return body.replace(b'"RANDOM"', b"RANDOM")


def _json(value: Any) -> str:
    return quote(orjson.dumps(value))


@dataclass
class Target:
    """A server under measurement; `requests` yields those of a workload with random parameters."""

    name: str
    url: str
    pids: Callable[[], Iterator[int]]
    ids: list[str] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)

    def requests(self, workload: str) -> Iterator[Request]:
        """Yield enough different requests."""
        rng = random.Random(workload)
        for _ in range(4 if workload == "batch" else 2_000):
            yield getattr(self, workload)(rng)

    def mixed(self, rng: random.Random) -> Request:
        """Return a read, an update or an insert, by their shares."""
        (workload,) = rng.choices([*_MIX], weights=[*_MIX.values()])
        request: Request = getattr(self, workload)(rng)
        return request


class Service(Target):
    """DataCube; `collection` is `people`, or `plain`, which keeps no history."""

    database = ""
    collection = "people"

    def ready(self) -> None:
        """Wait until requests can be measured."""

    def _target(self) -> str:
        return f"/api/crud?database_id={self.database}&collection_name={self.collection}"

    def _body(self, **members: Any) -> bytes:
        return orjson.dumps({"database_id": self.database, "collection_name": self.collection} | members)

    def insert(self, rng: random.Random) -> Request:
        return "POST", "/api/crud", self._body(data=[document(rng.randrange(COUNT))])

    def batch(self, rng: random.Random) -> Request:
        return "POST", "/api/crud", self._body(data=[document(number) for number in range(BATCH)])

    def read(self, rng: random.Random) -> Request:
        return "GET", f"{self._target()}&filters={_json({'_id': rng.choice(self.ids)})}", b""

    def many(self, rng: random.Random) -> Request:
        """Return the request of a hundred documents by their ids."""
        filters = _json({"_id": {"$in": rng.sample(self.ids, IDS_AT_ONCE)}})
        return "GET", f"{self._target()}&filters={filters}&page_size={IDS_AT_ONCE}&count=none", b""

    def filter(self, rng: random.Random) -> Request:
        filters = _json({"email": email(rng.randrange(COUNT))})
        return "GET", f"{self._target()}&filters={filters}", b""

    def page(self, rng: random.Random) -> Request:
        params = f"filters={_json({'active': True})}&sort=email&count=none"
        return "GET", f"{self._target()}&{params}&page_size=50&page={rng.randrange(_PAGES) + 1}", b""

    def update(self, rng: random.Random) -> Request:
        change = {"filters": {"_id": rng.choice(self.ids)}, "update_data": _CHANGE}
        return "PUT", "/api/crud", _with_placeholder(self._body(**change))

    def first_page(self, rng: random.Random) -> Request:
        return "GET", f"{self._target()}&sort=email&count=none&page_size=50", b""

    def list(self, rng: random.Random) -> Request:
        """Return the request of `first_page` with the total, which a page has by default."""
        return "GET", f"{self._target()}&sort=email&page_size=50", b""

    def deep_page(self, rng: random.Random) -> Request:
        return "GET", f"{self._target()}&sort=email&page_size=50&cursor={quote(self._deep_cursor())}", b""

    def _deep_cursor(self, depth: int = 90_000) -> str:
        if not getattr(self, "_cursor", ""):
            path = f"{self._target()}&sort=email&count=none&page_size=50&page={depth // 50}"
            answer = httpx.get(self.url + path, headers=dict(self.headers), timeout=60, trust_env=False)
            self._cursor: str = answer.raise_for_status().json()["next"]
        return self._cursor

    def fill(self) -> None:
        with httpx.Client(base_url=self.url, headers=dict(self.headers), timeout=600, trust_env=False) as client:
            for start in tqdm(range(0, COUNT, _STEP), desc=f"filling {self.collection}", disable=None):
                body = self._body(data=[document(number) for number in range(start, start + _STEP)])
                answer = client.post("/api/crud", content=body).raise_for_status()
                self.ids += answer.json()["inserted_ids"]


class Dialect(Service):
    """DataCube in restdb.io's dialect, over the same documents."""

    def _path(self, rest: str = "") -> str:
        return f"/db/{self.database}/rest/{self.collection}{rest}"

    def insert(self, rng: random.Random) -> Request:
        return "POST", self._path(), orjson.dumps(document(rng.randrange(COUNT)))

    def read(self, rng: random.Random) -> Request:
        return "GET", self._path(f"/{rng.choice(self.ids)}"), b""

    def filter(self, rng: random.Random) -> Request:
        return "GET", self._path(f"?q={_json({'email': email(rng.randrange(COUNT))})}"), b""

    def update(self, rng: random.Random) -> Request:
        return "PATCH", self._path(f"/{rng.choice(self.ids)}"), _with_placeholder(orjson.dumps(_CHANGE))

    def list(self, rng: random.Random) -> Request:
        return "GET", self._path("?sort=email&max=50"), b""


class Communibase(Service):
    """DataCube in the dialect of Communibase's connector, over the same documents."""

    def _path(self, rest: str = "") -> str:
        return f"/communibase/{self.database}/0.1/{self.collection}.json/{rest}"

    def many(self, rng: random.Random) -> Request:
        selector = {"_id": {"$in": rng.sample(self.ids, IDS_AT_ONCE)}}
        return "POST", self._path("search"), orjson.dumps(selector)

    def filter(self, rng: random.Random) -> Request:
        return "POST", self._path("search"), orjson.dumps({"email": email(rng.randrange(COUNT))})

    def update(self, rng: random.Random) -> Request:
        """Return the request of a whole document, as the connector sends it."""
        number = rng.randrange(len(self.ids))
        body = orjson.dumps(document(number) | _CHANGE | {"_id": self.ids[number]})
        return "PUT", self._path(f"crud/{self.ids[number]}"), _with_placeholder(body)


class Airsequel(Service):
    """DataCube in Airsequel's dialect, by GraphQL, over the same documents in a collection that has rowids."""

    collection = "rows"

    def ready(self) -> None:
        """Wait until the documents have their rowids, from 1 on, which the first request gives them."""
        body = self._query("{ rows(limit: 1) { rowid } }")[2]
        with httpx.Client(base_url=self.url, headers=dict(self.headers), timeout=60, trust_env=False) as client:
            while "errors" in client.post(self._path(), content=body).json():
                time.sleep(1)

    def _path(self) -> str:
        return f"/dbs/{self.database}/graphql"

    def _query(self, text: str, **variables: int) -> Request:
        return "POST", self._path(), orjson.dumps({"query": text, "variables": variables})

    def _rows(self, rng: random.Random, count: int) -> Request:
        """Return the request of some rows by their keys. Its text is always the same, as programs send it."""
        variables = {f"id{number}": rng.randrange(COUNT) + 1 for number in range(count)}
        declared = ", ".join(f"${name}: Int!" for name in variables)
        rows = " ".join(f"of_{name}: rows_by_pk(rowid: ${name}) {{ rowid email age }}" for name in variables)
        return self._query(f"query ({declared}) {{ {rows} }}", **variables)

    def read(self, rng: random.Random) -> Request:
        return self._rows(rng, 1)

    def aliases(self, rng: random.Random) -> Request:
        """Return the request of twenty rows by their keys."""
        return self._rows(rng, ALIASES)

    def first_page(self, rng: random.Random) -> Request:
        return self._query("{ rows(limit: 50, order_by: [{email: ASC}]) { rowid email age } }")


class Eve(Target):
    """Eve, without authentication, counts, links and required ETags: its fastest configuration."""

    def insert(self, rng: random.Random) -> Request:
        return "POST", "/people", orjson.dumps(document(rng.randrange(COUNT)))

    def batch(self, rng: random.Random) -> Request:
        return "POST", "/people", orjson.dumps([document(number) for number in range(BATCH)])

    def read(self, rng: random.Random) -> Request:
        return "GET", f"/people/{rng.choice(self.ids)}", b""

    def filter(self, rng: random.Random) -> Request:
        return "GET", f"/people?where={_json({'email': email(rng.randrange(COUNT))})}", b""

    def page(self, rng: random.Random) -> Request:
        sort = quote('[("email",1),("_id",1)]')
        params = f"where={_json({'active': True})}&sort={sort}&max_results=50"
        return "GET", f"/people?{params}&page={rng.randrange(_PAGES) + 1}", b""

    def update(self, rng: random.Random) -> Request:
        return "PATCH", f"/people/{rng.choice(self.ids)}", _with_placeholder(orjson.dumps(_CHANGE))

    def fill(self, uri: str, name: str) -> None:
        now = datetime.now(UTC)
        stamps = {"_created": now, "_updated": now, "_etag": "0" * 40}
        self.ids = _fill(uri, name, lambda number: document(number) | stamps)


class Parse(Target):
    """Parse Server, with its master key, which skips its permission checks."""

    def insert(self, rng: random.Random) -> Request:
        return "POST", "/parse/classes/people", orjson.dumps(document(rng.randrange(COUNT)))

    def batch(self, rng: random.Random) -> Request:
        path = "/parse/classes/people"
        inserts = [{"method": "POST", "path": path, "body": document(number)} for number in range(BATCH)]
        return "POST", "/parse/batch", orjson.dumps({"requests": inserts})

    def read(self, rng: random.Random) -> Request:
        return "GET", f"/parse/classes/people/{rng.choice(self.ids)}", b""

    def filter(self, rng: random.Random) -> Request:
        return "GET", f"/parse/classes/people?where={_json({'email': email(rng.randrange(COUNT))})}", b""

    def page(self, rng: random.Random) -> Request:
        params = f"where={_json({'active': True})}&order=email,objectId&limit=50"
        return "GET", f"/parse/classes/people?{params}&skip={50 * rng.randrange(_PAGES)}", b""

    def update(self, rng: random.Random) -> Request:
        body = _with_placeholder(orjson.dumps(_CHANGE))
        return "PUT", f"/parse/classes/people/{rng.choice(self.ids)}", body

    def fill(self, uri: str, name: str) -> None:
        # The first document is inserted through the server, which declares the fields.
        answer = httpx.post(f"{self.url}/parse/classes/people", json=document(0) | {"visits": 0},
                            headers=dict(self.headers), timeout=60, trust_env=False)  # fmt: skip
        answer.raise_for_status()
        now = datetime.now(UTC)
        stamps = {"_created_at": now, "_updated_at": now}
        self.ids = _fill(uri, name, lambda number: {"_id": f"{number:010}"} | document(number) | stamps)


def _fill(uri: str, name: str, make: Callable[[int], dict[str, Any]]) -> list[str]:
    ids: list[str] = []
    with MongoClient[dict[str, Any]](uri) as client:
        people = client[name]["people"]
        for start in tqdm(range(0, COUNT, _STEP), desc=f"filling {name}", disable=None):
            inserted = people.insert_many([make(number) for number in range(start, start + _STEP)])
            ids += [str(item) for item in inserted.inserted_ids]
        add_indexes(uri, name, ["people"])
    return ids


def add_indexes(uri: str, database: str, collections: Sequence[str]) -> None:
    with MongoClient[dict[str, Any]](uri) as client:
        for collection in collections:
            for keys in INDEXES:
                client[database][collection].create_index(keys)
