"""Prints a database's events from a token on, one per line, until `tests.faults.events` kills it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator

import httpx

# The variables that hold the service's address and the credentials.
ADDRESS, AUTHORIZATION = "EVENTS_ADDRESS", "EVENTS_AUTHORIZATION"


def listen(database: str, token: str) -> None:
    """Print one line for each event, until the process is killed."""
    headers = {"Accept": "text/event-stream", "Last-Event-ID": token}
    headers["Authorization"] = os.environ[AUTHORIZATION]
    address = f"{os.environ[ADDRESS]}/api/events"
    while True:
        with httpx.stream(
            "GET", address, params={"database_id": database}, headers=headers, timeout=60, trust_env=False
        ) as answer:
            for event_token, document in _changes(answer.raise_for_status()):
                print(event_token, document, flush=True)
                headers["Last-Event-ID"] = event_token


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
