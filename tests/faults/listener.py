"""Prints a database's events from a token on, a line for each, until `tests.faults.events` kills it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator

import httpx

# The variables that hold the service's address and the credentials.
ADDRESS, AUTHORIZATION = "EVENTS_ADDRESS", "EVENTS_AUTHORIZATION"


def listen(database: str, place: str) -> None:
    """The listener's process: a line for each event, until it is killed."""
    headers = {"Accept": "text/event-stream", "Last-Event-ID": place}
    headers["Authorization"] = os.environ[AUTHORIZATION]
    address = f"{os.environ[ADDRESS]}/api/events"
    while True:
        with httpx.stream(
            "GET", address, params={"database_id": database}, headers=headers, timeout=60, trust_env=False
        ) as answer:
            for token, document in _changes(answer.raise_for_status()):
                print(token, document, flush=True)
                headers["Last-Event-ID"] = token


def _changes(answer: httpx.Response) -> Iterator[tuple[str, str]]:
    name = ""
    for line in answer.iter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data" and name == "change":
            event = json.loads(value)
            yield event["token"], event["document_id"]


if __name__ == "__main__":
    listen(*sys.argv[1:])
