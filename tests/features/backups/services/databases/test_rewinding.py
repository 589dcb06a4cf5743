"""Backups of a database that are restored as of a time before them, while nothing of others changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

import catalog.services
import engine
from accounts.principal import PersonPrincipal
from catalog.models import Collection, Database, State
from catalog.services.metadata import schema_history
from features.backups.services import databases
from features.jobs import services
from features.jobs.models import Job
from tests.engine.jobs.test_restore import moment
from tests.features.backups.services.databases.conftest import again, digest_of, new_database

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick_drops")]
THEN = [{"n": number, "of": "mine"} for number in range(20)]
COUNTS = {
    "changed": 19,
    "deleted": 1,
    "restored": 1,
    "schema_changes": [
        {
            "field": "n",
            "then": {"name": "n", "type": "number", "unique": True},
            "now": {"name": "n", "type": "number"},
        }
    ],
    "schema_settings": [{"name": "strict", "then": False, "now": True}],
    "schema_restored": True,
}
UNCHANGED = {"changed": 0, "deleted": 0, "restored": 0}


@pytest.fixture
def at(mine: engine.Database) -> datetime:
    return moment()


@pytest.fixture
def later(owner: PersonPrincipal, mine: engine.Database, at: datetime) -> str:
    """Change documents and schema after the time, take a backup, and return its id."""
    definition = {"name": "plain", "fields": [{"name": "a"}], "history": False}
    catalog.services.creation.add_collections(owner, mine.id, collections=[definition])
    changes: dict[str, Any] = {
        "operations": [{"op": "retype", "field": {"name": "n", "type": "number"}}],
        "strict": True,
    }
    operations = [*changes["operations"], {"op": "add", "field": {"name": "of"}}]
    services.run(
        services.change_schema(owner, mine.id, "rows", changes={**changes, "operations": operations}, dry_run=False)
    )
    rows = again(owner, mine.id).collection("rows")
    rows.delete(engine.Query(filter={"n": 3}))
    rows.update(engine.Query(), engine.Change({"of": "later"}))
    rows.update(engine.Query(filter={"n": 5}), engine.Change({"n": 6}))
    rows.insert([{"n": 6, "of": "new"}])
    again(owner, mine.id).collection("plain").insert([{"a": "x"}])
    job_id = databases.submit_backup(owner, mine.id)
    services.run(job_id)
    return job_id


def contents(database: engine.Database) -> list[dict[str, Any]]:
    documents = database.collection("rows").find(engine.Query(sort=(("n", 1),), limit=100)).documents
    return [{name: item[name] for name in ("n", "of")} for item in documents]


def expected() -> list[dict[str, Any]]:
    return sorted([{**row, "n": 70 if row["n"] == 7 else row["n"]} for row in THEN], key=lambda row: row["n"])


def counts() -> dict[str, Any]:
    added = {"field": "of", "then": None, "now": {"name": "of", "type": "string"}}
    return {**COUNTS, "schema_changes": [*COUNTS["schema_changes"], added]}


def check_restored(database: engine.Database) -> None:
    assert contents(database) == expected()
    rows = database.collection("rows")
    assert ([field.name for field in rows.spec.schema.fields], rows.spec.schema.strict) == (["n", "no"], False)
    with pytest.raises(engine.Conflict):
        rows.insert([{"n": 70}])
    assert rows.insert([{"n": 99}])
    (document,) = rows.find(engine.Query(filter={"n": 3})).documents
    # What came later is still in the history.
    assert len(rows.history.of_document(document["_id"], skip=0, limit=9).documents) == 2
    assert [item["a"] for item in database.collection("plain").find(engine.Query()).documents] == ["x"]


def run(owner: PersonPrincipal, job_id: str) -> dict[str, Any]:
    services.run(job_id)
    status = services.status(owner, job_id)
    assert (status.state, status.message) == ("done", "")
    return status.result


def test_a_dry_run_says_what_differs(
    owner: PersonPrincipal, mine: engine.Database, at: datetime, later: str, make_principal: Any
) -> None:
    other = new_database(make_principal(), "other")
    digests = digest_of(mine), digest_of(other)
    result = run(owner, databases.submit_preview(owner, later, at=at))
    assert result["collections"] == {"rows": counts(), "empty": UNCHANGED}
    assert result["skipped"] == ["plain"]
    assert (digest_of(mine), digest_of(other)) == digests
    states = Database.objects.exclude(public_id__in=[mine.id, other.id]).values_list("state", flat=True)
    assert [*states] == [State.DROPPING]


def test_beside_the_others(
    owner: PersonPrincipal, mine: engine.Database, at: datetime, later: str, make_principal: Any
) -> None:
    other = new_database(make_principal(), "other")
    digests = digest_of(mine), digest_of(other)
    job_id, new = databases.submit_copy(owner, later, name="then", at=at)
    result = run(owner, job_id)
    assert result["collections"] == {"rows": counts(), "empty": UNCHANGED}
    assert (digest_of(mine), digest_of(other)) == digests
    check_restored(again(owner, new))
    versions = schema_history.list_versions(owner, new, "rows")
    assert [item.superseded_by for item in versions] == [None, owner.actor, owner.actor]


def test_over_the_database(
    owner: PersonPrincipal, mine: engine.Database, at: datetime, later: str, make_principal: Any
) -> None:
    other = new_database(make_principal(), "other")
    digest = digest_of(other)
    run(owner, databases.submit_restore(owner, later, at=at))
    assert digest_of(other) == digest
    check_restored(again(owner, mine.id))
    versions = schema_history.list_versions(owner, mine.id, "rows")
    assert [(item.version, item.declared["strict"]) for item in versions] == [(3, False), (2, True), (1, False)]


def test_the_worker_after_a_dead_one_begins_again(
    owner: PersonPrincipal, at: datetime, later: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        """Nothing catches it, as nothing catches `kill -9`."""

    def die(*arguments: Any, **named: Any) -> None:
        raise Died

    job_id, new = databases.submit_copy(owner, later, name="then", at=at)
    with monkeypatch.context() as patch:
        patch.setattr("features.backups.services.databases.restoring.restoration.publish", die)
        with pytest.raises(Died):
            services.run(job_id)
    Job.objects.filter(pk=job_id).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert run(owner, job_id)["collections"]["rows"] == counts()
    check_restored(again(owner, new))
    assert Collection.objects.get(name="rows", database__public_id=new).schema_versions.count() == 2


def test_times_that_a_backup_does_not_reach(owner: PersonPrincipal, mine: engine.Database, backup: str) -> None:
    after = moment() + timedelta(seconds=3)
    with pytest.raises(engine.Invalid, match=r"The backup was taken at .*: as_of must not be later"):
        databases.submit_preview(owner, backup, at=after)
    Collection.objects.filter(name="rows").update(history_since=timezone.now())
    job_id = databases.submit_backup(owner, mine.id)
    services.run(job_id)
    before = moment() - timedelta(days=1)
    for submit in (databases.submit_restore, databases.submit_preview):
        with pytest.raises(engine.Invalid, match=r"The history of 'rows' reaches back to 20.* only"):
            submit(owner, job_id, at=before)
    assert Job.objects.filter(task="recovery").count() == 0
    assert Database.objects.count() == 1


def test_the_command(
    owner: PersonPrincipal, mine: engine.Database, at: datetime, later: str, make_principal: Any, capsys: Any
) -> None:
    path, other = databases.path_of(later), make_principal()
    arguments = [str(path), "--owner", other.email, "--name", "then", "--as-of", f"{at.isoformat()}+00:00"]
    call_command("restore", *arguments, "--dry-run")
    lines = [
        "rows: 19 documents changed, 1 deleted, 1 restored; the schema too.",
        "empty: 0 documents changed, 0 deleted, 0 restored.",
        "plain: as in the backup, it has no history.",
    ]
    assert capsys.readouterr().out.splitlines() == [*lines, "Nothing was restored."]
    call_command("restore", *arguments)
    *printed, end = capsys.readouterr().out.splitlines()
    assert printed == lines
    check_restored(again(other, end.removeprefix("Restored the archive as ").removesuffix(".")))
    for wrong in (["--as-of", "2030-01-01"], ["--owner", other.email, "--dry-run"]):
        with pytest.raises(CommandError, match=r"--as-of is for|--dry-run needs --as-of"):
            call_command("restore", str(path), *wrong)
    with pytest.raises(CommandError, match="as_of must not be later"):
        call_command("restore", str(path), "--owner", other.email, "--name", "x", "--as-of", "2930-01-01")
