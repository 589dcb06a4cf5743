"""Figure 1: a small request whose JSON Schema would take minutes; the service must refuse it and stay alive."""

from __future__ import annotations

import time

from tests.faults.support import Figure, Service, sign_up, timed, watched_health

_SCHEMA = {"properties": {"a": {"items": {"oneOf": [{"const": number} for number in range(900)]}}}}


def measure(service: Service, *, elements: int = 4_000) -> Figure:
    collections = [{"name": "ruled", "fields": [{"name": "n"}], "json_schema": _SCHEMA}]
    with sign_up(service, collections=collections) as account:
        account.insert([{"a": [1]}], collection="ruled")
        body = account.body("ruled", data=[{"a": [*range(elements)]}])
        with watched_health(service) as health:
            time.sleep(0.2)
            answers = [timed(lambda: account.client.post("/api/crud", json=body)) for _ in range(5)]
            time.sleep(0.2)
    statuses = {status for status, _ in answers}
    took, worst = sorted(seconds for _, seconds in answers)[len(answers) // 2], max(health)
    return Figure(
        1,
        f"JSON Schema of 900 parts, {elements} elements",
        "400 or 413 in 200 ms; /healthz in 100 ms",
        f"{'/'.join(map(str, sorted(statuses)))} in {took * 1000:.0f} ms; /healthz {worst * 1000:.0f} ms",
        statuses <= {400, 413} and took < 0.2 and worst < 0.1,
    )
