"""Measures SQL statements on tables of many documents: `python -m bench.sql --documents 200000 1000000`.

Each statement is a request to a service of its own, whose caps are raised to what the table needs. The
prototype measured the statement in its process, without the start of one and without HTTP; the ratio is that of the
statements.
"""

from __future__ import annotations

import argparse
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import orjson
from tqdm import tqdm

from bench.sandbox import create_database, posted, run_statement, service_client
from datacube.local import paths, test_service

_CAPS = {"SQL_MAX_DOCUMENTS": "2000000", "SQL_MAX_READ_BYTES": "1000000000", "SQL_MEMORY_BYTES": "536870912"}
_SMALL, _LARGE = 200_000, 1_000_000
_BATCH = 10_000
_AIRPORTS = 3_376
_RESET_PEAK = "5"
SCRIPT = """
CREATE TABLE flights (id INTEGER PRIMARY KEY, origin TEXT, day TEXT, distance INTEGER, delay INTEGER);
CREATE TABLE airports (id INTEGER PRIMARY KEY, iata TEXT UNIQUE, state TEXT);
"""
_INDEXES = ("CREATE INDEX distances ON flights (distance)", "CREATE INDEX days ON flights (day)")


@dataclass(frozen=True)
class Measurement:
    """A statement, and the seconds of the prototype by the number of documents.

    `{first}` and `{last}` are the bounds of rows that no other round uses.
    """

    title: str
    statement: str
    prototype: Mapping[int, float] = field(default_factory=dict)
    rows: int = 0

    def of_round(self, number: int) -> str:
        first = 60_000 + number * self.rows
        return self.statement.format(first=first, last=first + self.rows - 1)


MEASUREMENTS = (
    Measurement(
        "1 rows of an indexed number, LIMIT 10",
        "SELECT * FROM flights WHERE distance = 500 LIMIT 10",
        {_SMALL: 0.004, _LARGE: 0.010},
    ),
    Measurement("2 `count(*)`", "SELECT count(*) AS n FROM flights", {_SMALL: 0.08, _LARGE: 0.49}),
    Measurement("2c `sum`, `avg`", "SELECT sum(delay) AS s, avg(distance) AS a FROM flights", {_LARGE: 7.6}),
    Measurement(
        "3 GROUP BY",
        "SELECT origin, count(*) AS n, avg(delay) AS a FROM flights GROUP BY origin",
        {_SMALL: 1.20},
    ),
    Measurement(
        "3b GROUP BY an indexed column",
        "SELECT distance, count(*) AS n FROM flights GROUP BY distance",
        {_SMALL: 1.57},
    ),
    Measurement(
        "4 JOIN and GROUP BY",
        "SELECT state, count(*) AS n FROM flights JOIN airports ON origin = iata GROUP BY state",
        {_SMALL: 2.07},
    ),
    Measurement(
        "4b JOIN, two conditions",
        "SELECT state, delay FROM flights JOIN airports ON origin = iata WHERE distance = 500 AND delay > 10",
        {_SMALL: 0.05},
    ),
    Measurement(
        "5 ORDER BY an indexed number, LIMIT 20",
        "SELECT * FROM flights ORDER BY distance LIMIT 20",
        {_SMALL: 0.012, _LARGE: 0.003},
    ),
    Measurement("5c ORDER BY without an index, LIMIT 20", "SELECT * FROM flights ORDER BY delay DESC, id LIMIT 20"),
    Measurement(
        "6 functions of text and GROUP BY",
        "SELECT substr(day, 1, 7) AS m, upper(origin) AS o, avg(julianday(day)) AS j FROM flights GROUP BY m, o",
        {_SMALL: 1.82},
    ),
    Measurement(
        "6b `strftime`, indexed range of text",
        "SELECT strftime('%d', day) AS d, count(*) AS n FROM flights "
        "WHERE day >= '2019-12-01' AND day < '2020-01-01' GROUP BY d",
        {_LARGE: 0.9},
    ),
    Measurement(
        "7a UPDATE of 10 rows by rowid",
        "UPDATE flights SET delay = delay + 1 WHERE id BETWEEN {first} AND {last}",
        {_SMALL: 0.49},
        rows=10,
    ),
    Measurement(
        "7b UPDATE of 1,000 rows",
        "UPDATE flights SET delay = delay + 1 WHERE id BETWEEN {first} AND {last}",
        {_SMALL: 0.52},
        rows=1_000,
    ),
    Measurement(
        "7c UPDATE of 50,000 rows, one value",
        "UPDATE flights SET delay = {last} WHERE id <= 50000",
        {_SMALL: 1.95},
        rows=1,
    ),
    Measurement(
        "7d UPDATE of 50,000 rows, own values",
        "UPDATE flights SET delay = delay + 1 WHERE id <= 50000",
        {_SMALL: 6.6},
    ),
    Measurement(
        "8 INSERT of 1,000 rows of another table",
        "INSERT INTO airports (state) SELECT origin FROM flights WHERE id BETWEEN {first} AND {last}",
        {_SMALL: 0.57},
        rows=1_000,
    ),
    Measurement(
        "8b INSERT of 1,000 rows of the same table",
        "INSERT INTO flights (origin, day, distance, delay) "
        "SELECT origin, day, 1, 1 FROM flights WHERE id BETWEEN {first} AND {last}",
        rows=1_000,
    ),
    Measurement(
        "9 DELETE of 1,000 rows by rowid",
        "DELETE FROM flights WHERE id BETWEEN {first} AND {last}",
        {_SMALL: 0.89},
        rows=1_000,
    ),
)


def main() -> None:
    options = _options()
    load = "/".join(f"{value:.0f}" for value in os.getloadavg())
    print(f"The best of {options.rounds} rounds; load average before {load}.\n")
    with service_client(_CAPS) as client:
        for count in options.documents:
            database = create_database(client, SCRIPT)
            _fill(client, database, count)
            print(f"\n| {count:,} documents | request, s | statement, s | prototype, s | ratio | web, MB |")
            print("|---|--:|--:|--:|--:|--:|")
            for measurement in _chosen(options.only):
                print(_row(client, database, measurement, count=count, rounds=options.rounds), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, nargs="+", default=[_SMALL], help="of the tables")
    parser.add_argument("--rounds", type=int, default=3, help="of each statement")
    parser.add_argument("--only", nargs="*", default=[], help="numbers of statements")
    return parser.parse_args()


def _chosen(numbers: Iterable[str]) -> Iterator[Measurement]:
    chosen = {*numbers}
    for measurement in MEASUREMENTS:
        if not chosen or measurement.title.partition(" ")[0] in chosen:
            yield measurement


def _fill(client: httpx.Client, database: str, count: int) -> None:
    listed = client.get("/api/list_databases", params={"search": database.rpartition("-")[0]}).json()
    addressed = {"database_id": listed["data"][0]["id"]}
    airports = [{"iata": f"A{number:04}", "state": f"S{number % 50:02}"} for number in range(_AIRPORTS)]
    posted(client, "/api/crud", **addressed, collection_name="airports", data=airports)
    for start in tqdm(range(0, count, _BATCH), desc="filling", disable=None):
        flights = [_flight(number) for number in range(start, start + _BATCH)]
        content = orjson.dumps({**addressed, "collection_name": "flights", "data": flights})
        client.post("/api/crud", content=content, headers={"Content-Type": "application/json"}).raise_for_status()
    for statement in _INDEXES:
        run_statement(client, database, statement)
    run_statement(client, database, "SELECT id FROM flights LIMIT 1")  # numbers the rows


def _flight(number: int) -> dict[str, str | int]:
    return {
        "origin": f"A{number * 7 % 300:04}",
        "day": f"20{number % 20:02}-{number % 12 + 1:02}-{number % 28 + 1:02}",
        "distance": number * 31 % 3_000,
        "delay": number * 17 % 200 - 20,
    }


def _row(client: httpx.Client, database: str, measurement: Measurement, *, count: int, rounds: int) -> str:
    """Return a row with the seconds of a request and of its statement, or its refusal, and the growth of the web
    processes.
    """
    before, requests, statements = _reset_peaks(), [], []
    for number in range(rounds):
        statement = measurement.of_round(number)
        started = time.perf_counter()
        answer = client.post(f"/dbs/{database}/sql", json={"query": statement})
        if answer.is_error or answer.json()["errors"]:
            return f"| {measurement.title} | {answer.status_code}: {answer.text[:120]} | | | | |"
        requests.append(time.perf_counter() - started)
        statements.append(answer.json()["runtimeSeconds"])
    prototype = measurement.prototype.get(count)
    ratio = f"{prototype:.3f} | {min(statements) / prototype:.1f}" if prototype else "– | –"
    seconds = f"{min(requests):.3f} | {min(statements):.4f}"
    return f"| {measurement.title} | {seconds} | {ratio} | +{_peak() - before:.0f} |"


def _reset_peaks() -> float:
    """Begin to record the largest memory of the web processes, and return what it is now, in MB."""
    for pid in _web_processes():
        Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK)
    return _peak()


def _peak() -> float:
    """Return the largest memory that a web process has had, in MB."""
    texts = [Path(f"/proc/{pid}/status").read_text() for pid in _web_processes()]
    return max(int(size) for text in texts for size in re.findall(r"VmHWM:\s+(\d+)", text)) / 1024


def _web_processes() -> list[int]:
    return test_service.web_processes(home=paths.home())


if __name__ == "__main__":
    main()
