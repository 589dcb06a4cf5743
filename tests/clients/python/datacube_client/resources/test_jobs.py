"""Jobs by both clients."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from datacube_client import ConflictError, Database
from datacube_client.resources.jobs import Jobs


def test_the_record_of_an_import(driver: Any, database: Database) -> None:
    jobs = Jobs(driver)
    content = json.dumps([{"n": n, "text": "x" * 100} for n in range(12_000)]).encode()
    accepted = database.import_file(content, collection=f"c_{secrets.token_hex(6)}", wait=False)
    assert jobs.status(accepted["job_id"])["task"] == "import"
    assert jobs.wait(accepted["job_id"])["state"] == "done"
    assert jobs.import_status(accepted["job_id"])["inserted_count"] == 12_000
    with pytest.raises(ConflictError, match="has ended"):
        jobs.cancel(accepted["job_id"])
    with pytest.raises(ConflictError):
        jobs.resume(accepted["job_id"])
    done = jobs.list(database_id=database.id, state="done", task="import", page_size=1)
    assert accepted["job_id"] in [job["job_id"] for job in done]


def test_rejected_rows(driver: Any, database: Database) -> None:
    name = f"c_{secrets.token_hex(6)}"
    database.import_file(b"kind,n\nlogin,3\n", file_name="x.csv", collection=name)
    more = b"kind,n\nlogin,many\nlogout,4\nlogout,more\n"
    rejected = database.import_file(more, file_name="x.csv", collection=name, on_error="skip")
    job_id = rejected["rejects_url"].partition("job_id=")[2]
    assert [row["row"] for row in Jobs(driver).rejects(job_id)] == [0, 2]
