"""The running service finishes an import whose worker is dead, found half done as a crash leaves it."""

from __future__ import annotations

import json
import secrets
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId

from tests.support import Tenant, Truth, until

# The worker may be busy with jobs of other tests.
pytestmark = pytest.mark.timeout(600)
ROWS = 2500
STORED = 1300
SAVED = 1000


class HalfDone:
    """A job that says 1,000 rows while 1,300 are stored; its lease ran out long ago."""

    def __init__(self, anna: Tenant, home: Path, truth: Truth, *, content: bytes, state: str) -> None:
        self.id, self.prefix = secrets.token_hex(16), secrets.token_hex(8)
        self.name = anna.new_collection({"name": "n", "type": "number"})
        self._home, self._truth = home, truth
        (home / "spool").mkdir(exist_ok=True)
        (home / "spool" / f"{self.id}.json").write_bytes(content)
        self._store_documents(anna)
        self._record(anna, size=len(content), state=state)

    def _store_documents(self, anna: Tenant) -> None:
        query = (
            "SELECT database.physical, collection.physical FROM catalog_collection AS collection"
            " JOIN catalog_database AS database ON database.id = database_id WHERE collection.name = ?"
        )
        ((database, collection),) = self._truth.rows(query, self.name)
        now = datetime.now(UTC)
        stamps = {"version": 1, "created": now, "created_by": "u1", "updated": now, "updated_by": "u1"}
        documents = [{"_id": self.document_id(row), "n": row, "_sys": stamps} for row in range(STORED)]
        self._truth.write(database, collection, documents)

    def _record(self, anna: Tenant, *, size: int, state: str) -> None:
        user, team = 1, self._truth.team_of(anna.email)
        actions = ["delete", "design", "insert", "own", "read", "write"]
        past = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=5)
        values: dict[str, Any] = {
            "id": self.id,
            "task": "import",
            "plan": "{}",
            "result": "{}",
            "database_id": anna.database,
            "collection": self.name,
            "makes_collection": 0,
            "grant": json.dumps({"actor": "u1", "user_id": user, "teams": [team], "actions": actions}),
            "prefix": self.prefix,
            "size": size,
            "position": size // 3,
            "rows": SAVED,
            "state": state,
            "message": "Must be a number." if state == "rolling_back" else "",
            "errors": "[]",
            "kind": "Invalid" if state == "rolling_back" else "",
            "lease_owner": "the dead",
            "lease_until": past.isoformat(" "),
            "created_at": past.isoformat(" "),
        }
        names, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
        with closing(sqlite3.connect(self._home / "platform.sqlite3", timeout=60)) as connection, connection:
            connection.execute(f"INSERT INTO jobs_job ({names}) VALUES ({marks})", [*values.values()])

    def document_id(self, row: int) -> ObjectId:
        return ObjectId(f"{self.prefix}{row:08x}")


def ended(anna: Tenant, job: HalfDone) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        status = anna.ask("GET /api/import_status", params={"job_id": job.id}).json()
        return status if status["state"] in ("done", "failed") else None

    return until(look, seconds=180, every=0.2)


@pytest.fixture
def jobs(anna: Tenant, home: Path, truth: Truth) -> dict[str, HalfDone]:
    """Create a job that can be finished, one whose file breaks further on, and one that was being rolled back."""
    whole = b"\n".join(b'{"n": %d}' % row for row in range(ROWS))
    return {
        "whole": HalfDone(anna, home, truth, content=whole, state="running"),
        "broken": HalfDone(anna, home, truth, content=whole + b"\n]", state="running"),
        "undone": HalfDone(anna, home, truth, content=whole, state="rolling_back"),
    }


def test_the_sweep_finishes_what_the_dead_began(anna: Tenant, home: Path, jobs: dict[str, HalfDone]) -> None:
    statuses = {name: ended(anna, job) for name, job in jobs.items()}
    assert {name: (status["state"], status["inserted_count"]) for name, status in statuses.items()} == {
        "whole": ("done", ROWS),
        "broken": ("failed", 0),
        "undone": ("failed", 0),
    }
    assert statuses["broken"]["errors"][0]["index"] == ROWS
    whole = [
        item for page in (1, 2, 3) for item in anna.find(jobs["whole"].name, page=page, page_size=1000)["data"]
    ]
    assert [(item["_id"], item["n"]) for item in whole] == [
        (str(jobs["whole"].document_id(row)), row) for row in range(ROWS)
    ]
    assert {item["_sys"]["version"] for item in whole} == {1}
    assert (anna.count(jobs["broken"].name), anna.count(jobs["undone"].name)) == (0, 0)
    assert not any((home / "spool" / f"{job.id}.json").exists() for job in jobs.values())
