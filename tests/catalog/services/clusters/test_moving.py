"""Several clusters: a second mongod, databases on it, and moves to it and back, while clients write.

This is the only module of tests that starts another mongod.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import bson
import pytest
from django.core.management import CommandError, call_command
from django.db import connection as sql
from django.http import HttpRequest
from django.utils import timezone
from pymongo import MongoClient

import engine
import features.files.services
import features.webhooks.services
from accounts.principal import PersonPrincipal
from audit.models import AuditEntry
from catalog import services
from catalog.models import Cluster, Database, DatabaseMove, MoveState
from catalog.services.clusters import moves, moving, registry
from catalog.services.stores import clusters
from datacube.doctor import servers, space
from datacube.doctor.finding import Health
from datacube.local.paths import ROOT
from datacube.metrics import installation
from datacube.serving import readiness
from engine.events import Token
from features.backups import platform
from features.backups import services as backups
from features.backups.locations import LocalFile
from features.webhooks.models import Delivery, Webhook
from tests.mongod import replica_set
from tests.support import Tenant
from web.health import Readiness

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Mongo = MongoClient[dict[str, Any]]
FILMS = [
    {"name": "title", "type": "string", "unique": True},
    {"name": "n", "type": "number"},
    {"name": "number", "type": "autonumber"},
]
# A run that hangs ends here.
MAX_SECONDS = 120


@pytest.fixture(scope="module")
def uri() -> Iterator[str]:
    with replica_set() as uri:
        yield uri


@pytest.fixture
def second(uri: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Add the second cluster, and let moves wait for no other host and no late write."""
    settings.CACHE_SECONDS = settings.WRITE_SECONDS = 0
    monkeypatch.setattr(moves, "_LATE_SECONDS", 0)
    registry.add_cluster("second", uri)
    return "second"


@pytest.fixture
def database(owner: PersonPrincipal) -> engine.Database:
    """Create a database with a collection of each kind, documents, history, a file and an index."""
    definitions = [
        {"name": "films", "fields": FILMS},
        {"name": "log", "fields": [{"name": "n", "type": "number"}], "history": False},
    ]
    opened, _ = services.creation.create_database(owner, name="first", collections=definitions)
    films = opened.collection("films")
    ids = films.insert([{"title": f"Film {number}", "n": number} for number in range(50)])
    films.update(engine.Query({"n": {"$lt": 10}}), engine.Change({"n": 100}))
    films.delete(engine.Query({"_id": ids[-1]}))
    films.indexes.create(engine.indexes.NewIndex((("n", -1),)))
    opened.collection("log").insert([{"n": number} for number in range(5)])
    opened.publish("channel", {"n": 1})
    return opened


def content(cluster: str, physical: str) -> dict[str, Any]:
    """Return every collection of a database as MongoDB has it: indexes, and documents in the order of ids."""
    store = clusters.store(cluster)
    found = {}
    for name, layout in store.layouts(physical):
        indexes = {index["name"]: index for index in bson.decode(layout)["indexes"]}
        documents = b"".join(batch for _, batch in store.dump(physical, name))
        found[name] = (bson.decode(layout)["options"].get("validator") or None, indexes, documents)
    return found


def no_progress(done: int, total: int, step: str) -> None:
    return


def move(database_id: str, cluster: str) -> moving.MoveReport:
    report = moving.move_database(database_id, cluster, progress=no_progress)
    moving.remove_original(database_id, progress=lambda: None)
    return report


# --- the list of clusters -----------------------------------------------------------------------------


def test_a_cluster_is_added_listed_chosen_and_removed(second: str, uri: str) -> None:
    main, other = registry.list_clusters()
    assert (main.name, main.takes_new, other.name, other.databases) == ("main", True, "second", 0)
    assert (other.bytes, other.takes_new, uri in Cluster.objects.get().address) == (0, False, False)
    assert all(address.endswith("m.sock") for address in other.addresses)
    registry.choose_for_new("second")
    assert clusters.of_new_databases() == "second"
    with pytest.raises(engine.Conflict, match="New databases"):
        registry.remove_cluster("second")
    registry.choose_for_new("main")
    registry.remove_cluster("second")
    assert clusters.names() == ["main"]
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert [*actions] == ["cluster.add", "cluster.choose", "cluster.choose", "cluster.remove"]


def test_a_cluster_that_is_removed_when_a_move_begins_gets_no_move(
    second: str, owner: PersonPrincipal, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = [{"name": "films", "fields": FILMS}]
    database, _ = services.creation.create_database(owner, name="first", collections=definition)
    store = clusters.store("second")

    def remove(physical: str) -> list[Any]:
        registry.remove_cluster("second")
        return []

    monkeypatch.setattr(store, "layouts", remove)
    with pytest.raises(engine.NotFound, match="There is no cluster 'second'"):
        moves.begin(database.id, "second")
    assert not DatabaseMove.objects.exists()


def test_the_later_of_two_removals_is_refused(second: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "check_known", lambda name: Cluster.objects.all().delete())
    with pytest.raises(engine.NotFound, match="There is no cluster 'second'"):
        registry.remove_cluster("second")


@pytest.mark.parametrize(
    ("name", "address", "error"),
    [
        ("main", "mongodb://u:secret@127.0.0.1:1", "not be `main`"),
        ("A b", "mongodb://u:secret@127.0.0.1:1", "lower-case"),
        ("third", "secret", "not a URI"),
        ("third", "mongodb://u:secret@127.0.0.1:1/?serverSelectionTimeoutMS=100", "does not respond"),
        ("second", "mongodb://u:secret@127.0.0.1:1", "--replace"),
    ],
)
def test_what_is_no_cluster_is_refused(second: str, name: str, address: str, error: str) -> None:
    with pytest.raises(engine.Error, match=error) as caught:
        registry.add_cluster(name, address)
    assert "secret" not in str(caught.value)
    assert clusters.names() == ["main", "second"]


def test_one_cluster_has_one_name(second: str, uri: str, settings: Any) -> None:
    for name, address in (("third", uri), ("third", settings.MONGODB_URI)):
        with pytest.raises(engine.Conflict, match="This is the cluster"):
            registry.add_cluster(name, address)
    registry.add_cluster("second", f"{uri}&appname=x", replace=True)
    with pytest.raises(engine.NotFound):
        registry.add_cluster("third", uri, replace=True)


def test_the_command_reads_the_address_from_its_environment(
    second: str, uri: str, database: engine.Database, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("CLUSTER_URI", uri)
    call_command("cluster", "add", "second", "--replace")
    call_command("cluster", "default", "main")
    call_command("cluster", "move", database.id, "second")
    call_command("cluster", "list")
    call_command("cluster", "list", "--json")
    with pytest.raises(CommandError, match="has 1 databases"):
        call_command("cluster", "remove", "second")
    output = capsys.readouterr().out
    assert "Moved from main to second:" in output
    assert f"1 databases, {registry.list_clusters()[1].bytes:,} bytes" in output
    assert uri not in output


def test_what_watches_the_service_knows_all_clusters(second: str) -> None:
    away = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100"
    Cluster.objects.create(name="away", address=clusters.ADDRESSES.encrypt(away))
    findings = {finding.part: finding.state for finding in servers.other_clusters()}
    assert findings == {"MongoDB cluster away": Health.PROBLEM, "MongoDB cluster second": Health.OK}
    disks = {finding.part: finding.state for finding in space.other_clusters()}
    assert ([*disks], disks["disk of cluster away"]) == (
        ["disk of cluster away", "disk of cluster second"],
        Health.WARNING,
    )
    answer = Readiness({}, others=readiness.other_clusters)(HttpRequest())
    assert answer.status_code == 200
    assert json.loads(answer.content)["parts"] == {"documents:away": "unavailable", "documents:second": "ok"}
    (free,) = installation._documents()
    assert [sample.labels["cluster"] for sample in free.samples] == ["main", "second"]


# --- databases on another cluster ---------------------------------------------------------------------


def test_everything_of_a_database_is_on_its_cluster(second: str, owner: PersonPrincipal) -> None:
    registry.choose_for_new("second")
    opened, _ = services.creation.create_database(
        owner, name="there", collections=[{"name": "films", "fields": FILMS}]
    )
    feed = services.access.open_feed(owner, opened.id)
    position = feed.position()
    (name,) = opened.collection("films").insert([{"title": "A"}])
    opened.collection("films").update(engine.Query({"_id": name}), engine.Change({"n": 1}))
    events, _, _ = feed.since(position, limit=10, wait=5)
    assert [event.operation for event in events] == ["insert", "update"]
    services.creation.add_collections(owner, opened.id, collections=[{"name": "more", "fields": FILMS}])
    assert len(services.access.open_database(owner, opened.id).specs) == 2
    physical = opened.physical
    assert content("main", physical) == {}
    assert len(content("second", physical)) >= 3
    assert services.queries.measure_databases()[opened.id] > 0
    assert registry.list_clusters()[1].databases == 1
    services.deletion.drop_database(owner, opened.id, confirmation="there")
    assert content("second", physical) == {}


def test_a_clone_is_made_between_two_clusters(
    second: str, owner: PersonPrincipal, database: engine.Database
) -> None:
    stored = features.files.services.upload(owner, database.id, [_upload(b"content")])
    registry.choose_for_new("second")
    clone = services.cloning.begin_clone(owner, database.id, name="copy")
    services.cloning.open_clone(owner, database.id, clone)
    at = datetime.now() + timedelta(days=1)
    files = services.cloning.open_clone_files(owner, database.id, clone, at=at)
    assert files is not None and files.run(lambda count: None) == 1
    services.cloning.publish_clone(clone, at=at)
    assert Database.objects.get(public_id=clone).cluster == "second"
    described = features.files.services.describe(owner, clone, stored.ids[0])
    assert described.length == len(b"content")


def _upload(body: bytes) -> Any:
    return features.files.services.Upload("a.txt", len(body), io.BytesIO(body))


def test_a_backup_has_the_databases_of_all_clusters(
    second: str, database: engine.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(database.id, "second")
    before, physical = content("second", database.physical), database.physical
    backups.take(LocalFile(tmp_path / "b.tar"), progress=no_progress)
    places = iter([[("main", physical)], [("second", physical)]])
    with monkeypatch.context() as patched, pytest.raises(engine.Conflict, match=f"moved .*{physical}"):
        patched.setattr(backups.installation, "list_stored", lambda: next(places))
        backups.take(LocalFile(tmp_path / "c.tar"), progress=no_progress)
    assert [path.name for path in tmp_path.glob("*.tar")] == ["b.tar"]
    clusters.store("second").drop_database(physical)
    platform.clear()
    backups.restore(LocalFile(tmp_path / "b.tar"), progress=no_progress)
    assert Database.objects.get().cluster == "second"
    assert (content("main", physical), content("second", physical)) == ({}, before)


# --- moves --------------------------------------------------------------------------------------------


def test_a_database_moves_there_and_back(second: str, owner: PersonPrincipal, database: engine.Database) -> None:
    features.files.services.upload(owner, database.id, [_upload(b"content")])
    before = content("main", database.physical)
    report = move(database.id, "second")
    assert (report.source, report.target, report.documents) == ("main", "second", _count(before))
    assert content("main", database.physical) == {}
    assert content("second", database.physical) == before
    opened = services.access.open_database(owner, database.id)
    films = opened.collection("films")
    (name,) = films.insert([{"title": "new"}])
    assert films.find(engine.Query({"_id": name})).documents[0]["number"] == 51
    with pytest.raises(engine.Conflict):
        films.insert([{"title": "new"}])
    before = content("second", database.physical)
    move(database.id, "main")
    assert (content("main", database.physical), content("second", database.physical)) == (before, {})
    assert not DatabaseMove.objects.exists()


def _count(stored: dict[str, Any]) -> int:
    return sum(len(bson.decode_all(documents)) for _, _, documents in stored.values())


def test_readers_of_changes_continue_or_read_again(
    second: str, owner: PersonPrincipal, database: engine.Database
) -> None:
    films = database.collection("films")
    feed = services.access.open_feed(owner, database.id, collection="films")
    early = feed.position()
    films.insert([{"title": "before"}])
    assert len(feed.since(early, limit=10, wait=5)[0]) == 1
    move(database.id, "second")
    moved = services.access.open_feed(owner, database.id, collection="films")
    assert not feed.follows(moved)
    with pytest.raises(engine.Conflict, match="moved to another cluster"):
        moved.since(early, limit=10, wait=0)
    with pytest.raises(engine.Conflict, match="moved to another cluster"):
        moved.check(early)
    later = services.access.open_database(owner, database.id).collection("films")
    (name,) = later.insert([{"title": "after"}])
    since = services.access.known_entry(database.id).moved
    assert since is not None
    for token in (since.left, since.since):
        events, _, _ = moved.since(token, limit=10, wait=5)
        assert [event.document_id for event in events] == [name]


def test_webhooks_get_every_event_once(second: str, owner: PersonPrincipal, database: engine.Database) -> None:
    hook, _ = features.webhooks.services.create(
        owner, database.id, collection="films", url="https://example.com/x", events=["insert"]
    )
    (before,) = database.collection("films").insert([{"title": "before"}])
    move(database.id, "second")
    (after,) = services.access.open_database(owner, database.id).collection("films").insert([{"title": "after"}])
    features.webhooks.services.gather()
    documents = Delivery.objects.filter(webhook=hook["id"]).values_list("document_id", flat=True)
    assert sorted(documents) == sorted(map(str, (before, after)))
    features.webhooks.services.gathering.restart()
    assert Token.parse(Webhook.objects.get().position) > Token(0, 0)


def test_what_cannot_be_moved_is_refused(second: str, database: engine.Database) -> None:
    with pytest.raises(engine.NotFound):
        move(database.id, "third")
    with pytest.raises(engine.NotFound):
        move("0" * 24, "second")
    with pytest.raises(engine.Conflict, match="already"):
        move(database.id, "main")
    clusters.store("second").create(database.physical, "x", unique={})
    with pytest.raises(engine.Conflict, match="has a database"):
        move(database.id, "second")
    clusters.store("second").drop_database(database.physical)
    with pytest.raises(engine.Conflict, match="already"):
        moves.begin(database.id, "second")
        moves.begin(database.id, "second")


def test_while_writes_are_refused_reads_go_on(
    second: str, owner: PersonPrincipal, database: engine.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the end of a move, before and after the entry names the other cluster."""
    seen: list[Any] = []

    def look(*arguments: Any, **named: Any) -> None:
        opened = services.access.open_database(owner, database.id)
        seen.append(opened.collection("films").count())
        for write in (
            lambda: opened.collection("films").insert([{"title": "x"}]),
            lambda: database.collection("films").insert([{"title": "x"}]),  # opened before the move
            lambda: opened.collection("films").delete(engine.Query({"n": 100})),
            lambda: services.creation.add_collections(
                owner, database.id, collections=[{"name": "more", "fields": FILMS}]
            ),
        ):
            with pytest.raises(engine.Unavailable, match="being moved"):
                write()

    switch = moves.switch

    def switch_between(*arguments: Any, **named: Any) -> None:
        look()
        switch(*arguments, **named)
        look()

    monkeypatch.setattr(moves, "switch", switch_between)
    move(database.id, "second")
    assert seen == [49, 49]


def test_a_database_that_is_dropped_in_the_meantime_leaves_nothing(
    second: str, owner: PersonPrincipal, database: engine.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_writes = moves.refuse_writes

    def drop(lease: moves.MoveLease) -> bool:
        services.deletion.drop_database(owner, database.id, confirmation="first")
        return refuse_writes(lease)

    monkeypatch.setattr(moves, "refuse_writes", drop)
    with pytest.raises(engine.Conflict, match="dropped"):
        move(database.id, "second")
    assert (content("main", database.physical), content("second", database.physical)) == ({}, {})
    assert not DatabaseMove.objects.exists()


# --- moves whose process is killed --------------------------------------------------------------------

KILLED = """
import os, signal, sys
import django
from django.conf import settings
name, database, stage = sys.argv[1:]
django.setup()
settings.DATABASES["default"]["NAME"] = name
from django.db import connections
connections["default"].settings_dict["NAME"] = name
from catalog.services.clusters import moves, moving
from engine.jobs import Relocation
owner = {"copying": Relocation, "fenced": moves, "moved": moves}[stage]
function = {"copying": "catch_up", "fenced": "switch", "moved": "accept_writes"}[stage]
setattr(owner, function, lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL))
moving.move_database(database, "second", progress=lambda *a: None)
"""


@pytest.mark.parametrize("stage", MoveState)
def test_a_killed_move_is_rolled_back_or_completed(
    second: str, owner: PersonPrincipal, database: engine.Database, stage: MoveState
) -> None:
    before = content("main", database.physical)
    command = [sys.executable, "-c", KILLED, str(sql.settings_dict["NAME"]), database.id, stage.value]
    ended = subprocess.run(command, cwd=ROOT, env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"})
    assert (ended.returncode, DatabaseMove.objects.get().state) == (-signal.SIGKILL, stage)
    services.access.invalidate(database.id)
    assert services.access.open_database(owner, database.id).collection("films").count() == 49
    assert moving.recover() == 0  # its lease has not expired
    DatabaseMove.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert moving.recover() == 1
    used, unused = ("second", "main") if stage == MoveState.MOVED else ("main", "second")
    assert (Database.objects.get().cluster, DatabaseMove.objects.exists()) == (used, False)
    assert (content(used, database.physical), content(unused, database.physical)) == (before, {})
    opened = services.access.open_database(owner, database.id)
    opened.collection("films").insert([{"title": "works"}])
    if stage != MoveState.MOVED:
        move(database.id, "second")
        assert services.access.open_database(owner, database.id).collection("films").count() == 50


# --- under load ---------------------------------------------------------------------------------------


def test_nothing_is_lost_while_clients_write(anna: Tenant, uri: str) -> None:
    """Clients of the running service write while its command moves the database there and back."""
    name = f"load-{secrets.token_hex(4)}"
    collection = anna.new_collection({"name": "n", "type": "number"})
    anna.insert(collection, [{"n": -1} for _ in range(2_000)])
    stop = threading.Event()
    clients = [Client(anna, collection, stop) for _ in range(3)]
    try:
        _command("add", name, CLUSTER_URI=uri)
        for client in clients:
            client.start()
        for target in (name, "main"):
            assert "Moved from" in _command("move", anna.database, target)
    finally:
        stop.set()
        for client in clients:
            client.join(MAX_SECONDS)
        _command("remove", name)
    assert [client.errors for client in clients] == [[]] * len(clients)
    expected = {key: value for client in clients for key, value in client.acknowledged.items()}
    assert len(expected) > 100
    stored = _all(anna, collection)
    assert {key: stored.get(key) for key in expected} == expected
    assert {key for client in clients for key in client.deleted} & stored.keys() == set()
    assert max(client.refused_seconds for client in clients) < MAX_SECONDS


class Client(threading.Thread):
    """Writes one document after the other, and repeats what is refused as its answer says."""

    def __init__(self, tenant: Tenant, collection: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._tenant, self._stop_event = tenant, stop
        self._name = {"database_id": tenant.database, "collection_name": collection}
        self.acknowledged: dict[str, int] = {}
        self.deleted: set[str] = set()
        self.errors: list[str] = []
        self.refused_seconds = 0.0

    def run(self) -> None:
        number = 0
        while not self._stop_event.is_set():
            number += 1
            inserted = self._send("POST /api/crud", 201, data=[{"n": number}])["inserted_ids"][0]
            self.acknowledged[inserted] = number
            self._send("PUT /api/crud", 200, filters={"_id": inserted}, update_data={"n": -number})
            self.acknowledged[inserted] = -number
            if number % 5 == 0:
                self._send("DELETE /api/crud", 200, filters={"_id": inserted})
                del self.acknowledged[inserted]
                self.deleted.add(inserted)

    def _send(self, route: str, status: int, **body: Any) -> Any:
        began = time.monotonic()
        while True:
            answer = self._tenant.ask(route, auth=self._tenant.api_key, json={**self._name, **body})
            if answer.status_code != 503:
                break
            self.refused_seconds = max(self.refused_seconds, time.monotonic() - began)
            time.sleep(float(answer.headers["Retry-After"]) / 10)
        if answer.status_code != status:
            self.errors.append(f"{route} {answer.status_code} {answer.text}")
            self._stop_event.set()
        return answer.json()


def _all(tenant: Tenant, collection: str) -> dict[str, int]:
    found: dict[str, int] = {}
    page = 1
    while True:
        documents = tenant.find(collection, page=page, page_size=1_000)["data"]
        found |= {item["_id"]: item["n"] for item in documents}
        if len(documents) < 1_000:
            return found
        page += 1


def _command(*arguments: str, **environment: str) -> str:
    """Run the command for the installation of the running service."""
    command = [sys.executable, str(ROOT / "manage.py"), "cluster", *arguments]
    settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "datacube.settings", **environment}
    ended = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=MAX_SECONDS)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
