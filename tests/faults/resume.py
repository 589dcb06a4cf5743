"""Writes many documents into a foreign database, then measures how long a listener takes to resume.

`.venv/bin/python -m tests.faults.resume` starts a service of its own; `--documents` is how many. It fails when a
call does not get further, when the event is missing, or when a token from before the oplog is not a 409.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx
from tqdm import tqdm

from datacube import testrun
from tests.support import Tenant, Truth, make_tenant

_BATCH = 10_000
_FOREIGN = "foreign"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=300_000)
    options = parser.parse_args()
    home = testrun.prepare(os.environ)
    with testrun.service(os.environ) as url, httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        faults = drill(client, home, documents=options.documents)
    testrun.tidy(home, passed=not faults)
    sys.exit("; ".join(faults) or 0)


def drill(client: httpx.Client, home: Path, *, documents: int) -> list[str]:
    """Print the seconds of each call until the event is found; return what is wrong."""
    tenant = make_tenant(client)
    things = tenant.new_collection({"name": "n", "type": "number"})
    start = _poll(tenant).json()["next"]
    with closing(Truth(home)) as truth:
        for _ in tqdm(range(documents // _BATCH), desc="foreign batches", disable=None):
            truth.write(_FOREIGN, "docs", [{} for _ in range(_BATCH)])
    (written,) = tenant.insert(things, [{"n": 1}])

    place, seconds = start, list[float]()
    while True:
        began = time.monotonic()
        answer = _poll(tenant, since=place)
        seconds.append(time.monotonic() - began)
        if answer.status_code != 200 or answer.json()["next"] == place:
            return [f"call {len(seconds)} got no further: {answer.status_code} {answer.text}"]
        place = answer.json()["next"]
        if events := answer.json()["events"]:
            break
    calls = ", ".join(f"{item:.2f} s" for item in seconds)
    began = time.monotonic()
    old = _poll(tenant, since="1-1-").status_code
    print(f"{documents} foreign documents: {len(seconds)} calls ({calls}); an old token: {old} in", end=" ")
    print(f"{time.monotonic() - began:.2f} s")
    faults = [] if [event["document_id"] for event in events] == [written] else [f"wrong events: {events}"]
    return faults if old == 409 else [*faults, f"an old token is answered with {old}"]


def _poll(tenant: Tenant, **params: str) -> httpx.Response:
    return tenant.ask("GET /api/events", params={"database_id": tenant.database, "wait": "0", **params})


if __name__ == "__main__":
    main()
