"""Measures an empty SQL statement and an empty function on a service of its own (`python -m bench.sandbox`)."""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from datacube.local import test_service

_PERSON = {"firstName": "B", "lastName": "B", "password": "to-be-measured-1"}
_FUNCTION = "export default () => 1"
_CREATE = "CREATE TABLE airports (id INTEGER PRIMARY KEY, iata TEXT UNIQUE, state TEXT)"


def main() -> None:
    options = _options()
    with service_client({}) as client:
        database = create_database(client, _CREATE)
        print("| | median, ms | 95 %, ms | calls |\n|---|--:|--:|--:|")
        for name, call in _empty_calls(client, database).items():
            print(_quantiles(name, call, count=options.calls, pause=options.pause))


@contextmanager
def service_client(settings: Mapping[str, str]) -> Iterator[httpx.Client]:
    """Run a service with these settings, whose home is then DATACUBE_HOME; yield a client of it."""
    environment = {**os.environ, **settings}
    test_service.prepare(environment)
    os.environ["DATACUBE_HOME"] = environment["DATACUBE_HOME"]
    with (
        test_service.service(environment) as url,
        httpx.Client(base_url=url, timeout=600, trust_env=False) as client,
    ):
        yield client


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=50, help="of the empty statement and the empty function")
    parser.add_argument("--pause", type=float, default=0.3, help="seconds before each of them")
    return parser.parse_args()


def create_database(client: httpx.Client, script: str) -> str:
    """Sign up, and create a database with the tables of a script; return its id."""
    person = _PERSON | {"email": f"{secrets.token_hex(8)}@example.com"}
    client.post("/core/register", json=person).raise_for_status()
    access = client.post("/core/login", json=person).raise_for_status().json()["access"]
    client.headers["Authorization"] = f"Bearer {access}"
    return posted(client, "/api/dbs", name=f"b{secrets.token_hex(6)}", query=script)["id"]


def posted(client: httpx.Client, path: str, **body: Any) -> Any:
    return client.post(path, json=body).raise_for_status().json()


def run_statement(client: httpx.Client, database: str, statement: str) -> Any:
    """Return the answer; ends the program for one with errors. Raises `HTTPStatusError`."""
    answer = posted(client, f"/dbs/{database}/sql", query=statement)
    if answer["errors"]:
        raise SystemExit(f"{statement}: {answer['errors']}")
    return answer


def _empty_calls(client: httpx.Client, database: str) -> dict[str, Callable[[], Any]]:
    function = posted(client, f"/api/dbs/{database}/functions?check=false", name="empty", content=_FUNCTION)
    return {
        "SELECT of no rows": lambda: run_statement(client, database, "SELECT * FROM airports"),
        "an empty function": lambda: posted(client, f"/fns/{function['id']}"),
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


if __name__ == "__main__":
    main()
