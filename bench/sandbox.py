"""Measures SQL statements and functions on a service of its own (`python -m bench.sandbox --documents 200000`)."""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import time
from collections.abc import Callable
from typing import Any

import httpx
import orjson
from tqdm import tqdm

from datacube.local import test_service

_PERSON = {"firstName": "B", "lastName": "B", "password": "to-be-measured-1"}
_BATCH = 10_000
_AIRPORTS = 300
_FUNCTION = "export default () => 1"
# Caps that the largest table of a measurement would reach.
_CAPS = {"SQL_MAX_DOCUMENTS": "2000000", "SQL_MAX_READ_BYTES": "1000000000", "SQL_MEMORY_BYTES": "536870912"}
_CREATE = """
CREATE TABLE flights (id INTEGER PRIMARY KEY, origin TEXT, day TEXT, distance INTEGER, delay INTEGER);
CREATE TABLE airports (id INTEGER PRIMARY KEY, iata TEXT UNIQUE, state TEXT);
"""
ROWS = {
    "rows of a number, LIMIT 10": "SELECT * FROM flights WHERE distance = 500 LIMIT 10",
    "count(*)": "SELECT count(*) AS n FROM flights",
    "sum, avg": "SELECT sum(delay) AS s, avg(distance) AS a FROM flights",
    "GROUP BY": "SELECT origin, count(*) AS n, avg(delay) AS a FROM flights GROUP BY origin",
    "JOIN and GROUP BY": "SELECT state, count(*) AS n FROM flights JOIN airports ON origin = iata GROUP BY state",
    "rows of two conditions": "SELECT * FROM flights WHERE distance = 500 AND delay > 10",
    "ORDER BY, LIMIT 20": "SELECT * FROM flights ORDER BY distance LIMIT 20",
    "functions and GROUP BY": "SELECT substr(day, 1, 7) AS m, lower(origin) AS o, count(*) AS n FROM flights "
    "GROUP BY m, o",
    "UPDATE of 10 rows": "UPDATE flights SET delay = delay + 1 WHERE id >= 1 AND id <= 10",
    "UPDATE of 1,000 rows": "UPDATE flights SET delay = delay + 1 WHERE id >= 1001 AND id <= 2000",
    "UPDATE of 50,000 rows, own values": "UPDATE flights SET delay = delay + 1 WHERE id <= 50000",
    "INSERT of 1,000 rows": "INSERT INTO flights (origin, day, distance, delay) "
    "SELECT iata, '2020-01-01', 1, 1 FROM airports, json_each('[1, 2, 3, 4]') LIMIT 1000",
    "DELETE of 1,000 rows": "DELETE FROM flights WHERE id > 2000 AND id <= 3000",
}


def main() -> None:
    options = _options()
    environment = {**os.environ, **_CAPS} if options.documents else dict(os.environ)
    test_service.prepare(environment)
    os.environ["DATACUBE_HOME"] = environment["DATACUBE_HOME"]
    with (
        test_service.service(environment) as url,
        httpx.Client(base_url=url, timeout=600, trust_env=False) as client,
    ):
        database = _create(client)
        print("| | median, ms | 95 %, ms | calls |\n|---|--:|--:|--:|")
        for name, call in _empty_calls(client, database).items():
            print(_quantiles(name, call, count=options.calls, pause=options.pause))
        if options.documents:
            _fill(client, database, options.documents)
            print(f"\n| {options.documents:,} documents | best, s | median, s |\n|---|--:|--:|")
            for name, statement in ROWS.items():
                print(_row(client, database, name, statement, rounds=options.rounds), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=50, help="of the empty statement and the empty function")
    parser.add_argument("--pause", type=float, default=0.3, help="seconds before each of them")
    parser.add_argument("--documents", type=int, default=0, help="of the large table; 0 leaves its statements out")
    parser.add_argument("--rounds", type=int, default=3, help="of each statement on it")
    return parser.parse_args()


def _create(client: httpx.Client) -> str:
    """Sign up, and create a database with the two tables; return its id."""
    person = _PERSON | {"email": f"{secrets.token_hex(8)}@example.com"}
    client.post("/core/register", json=person).raise_for_status()
    access = client.post("/core/login", json=person).raise_for_status().json()["access"]
    client.headers["Authorization"] = f"Bearer {access}"
    return _posted(client, "/api/dbs", name=f"b{secrets.token_hex(6)}", query=_CREATE)["id"]


def _posted(client: httpx.Client, path: str, **body: Any) -> Any:
    return client.post(path, json=body).raise_for_status().json()


def _run(client: httpx.Client, database: str, statement: str) -> Any:
    answer = _posted(client, f"/dbs/{database}/sql", query=statement)
    if answer["errors"]:
        raise SystemExit(f"{statement}: {answer['errors']}")
    return answer


def _empty_calls(client: httpx.Client, database: str) -> dict[str, Callable[[], Any]]:
    function = _posted(client, f"/api/dbs/{database}/functions?check=false", name="empty", content=_FUNCTION)
    return {
        "SELECT of no rows": lambda: _run(client, database, "SELECT * FROM airports"),
        "an empty function": lambda: _posted(client, f"/fns/{function['id']}"),
        "a page of documents, to compare": lambda: client.get(f"/api/dbs/{database}").raise_for_status(),
    }


def _quantiles(name: str, call: Callable[[], Any], *, count: int, pause: float) -> str:
    """Return a row with the latency of calls that a pause precedes, as those of single users have."""
    for _ in range(3):
        call()
    taken = []
    for _ in range(count):
        time.sleep(pause)
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1_000)
    cuts = statistics.quantiles(taken, n=20)
    return f"| {name} | {statistics.median(taken):.0f} | {cuts[-1]:.0f} | {count} |"


def _fill(client: httpx.Client, database: str, count: int) -> None:
    listed = client.get("/api/list_databases", params={"search": database.rpartition("-")[0]}).json()
    addressed = {"database_id": listed["data"][0]["id"]}
    airports = [{"iata": f"A{number:03}", "state": f"S{number % 50:02}"} for number in range(_AIRPORTS)]
    _posted(client, "/api/crud", **addressed, collection_name="airports", data=airports)
    flights = [
        {
            "origin": f"A{number * 7 % _AIRPORTS:03}",
            "day": f"20{number % 20:02}-{number % 12 + 1:02}-{number % 28 + 1:02}",
            "distance": number * 31 % 3_000,
            "delay": number * 17 % 200 - 20,
        }
        for number in range(_BATCH)
    ]
    content = orjson.dumps({**addressed, "collection_name": "flights", "data": flights})
    for _ in tqdm(range(0, count, _BATCH), desc="filling", disable=None):
        client.post("/api/crud", content=content, headers={"Content-Type": "application/json"}).raise_for_status()
    _run(client, database, "CREATE INDEX distances ON flights (distance)")


def _row(client: httpx.Client, database: str, name: str, statement: str, *, rounds: int) -> str:
    """Return a row with the seconds of a statement, or with the status of its refusal."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        try:
            _run(client, database, statement)
        except httpx.HTTPStatusError as error:
            return f"| {name} | {error.response.status_code} | |"
        taken.append(time.perf_counter() - started)
    return f"| {name} | {min(taken):.3f} | {statistics.median(taken):.3f} |"


if __name__ == "__main__":
    main()
