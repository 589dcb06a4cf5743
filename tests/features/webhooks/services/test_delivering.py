"""Deliveries to receivers: signed, recorded once, retried until they are accepted."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

import catalog.services
import engine
from accounts.principal import Principal
from engine.update import Operators
from features.webhooks import services
from features.webhooks.models import Delivery, Webhook
from tests.features.webhooks.receiver import Receiver

MIN_DELAY = 200


@dataclass
class World:
    owner: Principal
    database: str
    hook: dict[str, Any]
    secret: str
    people: engine.Collection

    def log(self) -> list[dict[str, Any]]:
        return services.log(self.owner, self.database, self.hook["id"])

    def round(self) -> None:
        """Do what the scheduler does."""
        services.gather()
        for name in services.waiting():
            services.deliver(name)

    def later(self) -> None:
        """Make all deliveries due, as if an hour had passed."""
        Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def world(owner: Principal, receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    settings.WEBHOOK_ALLOW_PRIVATE_NETWORKS = True
    # On a busy machine a turn takes long, and what is repeated after a second could be repeated in the same turn.
    settings.WEBHOOK_SECONDS = 60
    monkeypatch.setattr(services.delivering, "_TIME_SLICE", timedelta(minutes=10))
    monkeypatch.setattr(services.delivering, "_MIN_DELAY_SECONDS", MIN_DELAY)
    database, _ = catalog.services.creation.create_database(
        owner,
        name="crm",
        collections=[{"name": name, "fields": [{"name": "name"}]} for name in ("people", "other")],
    )
    hook, secret = services.create(owner, database.id, collection="people", url=receiver.url, events=None)
    handle = catalog.services.access.open_database(owner, database.id)
    return World(owner, database.id, hook, secret, handle.collection("people"))


def one(name: Any) -> engine.Query:
    return engine.Query({"_id": name})


def test_events_are_posted_and_signed(world: World, receiver: Receiver) -> None:
    (joe,) = world.people.insert([{"name": "Joe"}])
    world.people.update(one(joe), Operators({"name": "Joseph"}))
    world.people.delete(one(joe))
    catalog.services.access.open_database(world.owner, world.database).collection("other").insert([{"name": "x"}])
    world.round()
    bodies = [json.loads(body) for body in receiver.bodies]
    assert [body["event"]["method"] for body in bodies] == ["POST", "PUT", "DELETE"]
    assert bodies[2]["event"] == {"db": "crm", "collection": "people", "method": "DELETE", "payload": [str(joe)]}
    headers = receiver.headers[0]
    timestamp, signature_sent = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["X-DataCube-Signature"]).groups()
    digest = hmac.new(world.secret.encode(), f"{timestamp}.".encode() + receiver.bodies[0], hashlib.sha256)
    assert hmac.compare_digest(digest.hexdigest(), signature_sent)
    assert headers["X-DataCube-Delivery"] == bodies[0]["delivery"]["id"]
    assert {item["state"] for item in world.log()} == {"delivered"}


def test_the_body_contains_the_document(world: World, receiver: Receiver) -> None:
    (joe,) = world.people.insert([{"name": "Joe"}])
    world.round()
    body = json.loads(receiver.bodies[0])
    assert body["0"] == {"_id": str(joe), "name": "Joe"}
    assert body["event"]["payload"] == [body["0"]]


def test_an_attempt_is_made_once(world: World, receiver: Receiver) -> None:
    world.people.insert([{"name": str(number)} for number in range(5)])
    services.gather()
    assert services.waiting() == [world.hook["id"]]
    Webhook.objects.update(lease_until=timezone.now() + timedelta(seconds=30))
    assert (services.waiting(), services.deliver(world.hook["id"])) == ([], False)  # another worker delivers
    assert receiver.bodies == []
    Webhook.objects.update(lease_until=timezone.now())
    services.deliver(world.hook["id"])
    services.deliver(world.hook["id"])  # another worker, too late
    assert [json.loads(body)["0"]["name"] for body in receiver.bodies] == list("01234")


def test_concurrency_is_limited(world: World, receiver: Receiver, settings: Any) -> None:
    settings.WEBHOOK_CONCURRENCY = 1
    services.create(world.owner, world.database, collection="people", url=receiver.url, events=None)
    world.people.insert([{"name": "Joe"}])
    services.gather()
    (first,) = services.waiting()
    Webhook.objects.exclude(pk=first).update(lease_until=timezone.now() + timedelta(seconds=30))
    assert (services.waiting(), services.deliver(first), receiver.bodies) == ([], False, [])
    Webhook.objects.update(lease_until=timezone.now())
    world.round()
    world.round()
    assert len(receiver.bodies) == 2


def test_failing_webhooks_leave_a_slot_to_the_others(world: World, receiver: Receiver, settings: Any) -> None:
    settings.WEBHOOK_CONCURRENCY = 2
    for _ in range(2):
        services.create(world.owner, world.database, collection="people", url=receiver.url, events=None)
    receiver.statuses = [500, 500, 200]
    world.people.insert([{"name": "Joe"}])
    services.gather()
    for _ in range(3):
        services.deliver(services.waiting()[0])
    well = Webhook.objects.get(failing=False).pk
    world.people.insert([{"name": "Ann"}])
    services.gather()
    world.later()
    assert (services.waiting()[0], len(services.waiting())) == (well, 2)
    failing = Webhook.objects.filter(failing=True).order_by("pk")
    busy = Webhook.objects.filter(pk=failing[0].pk)
    busy.update(lease_until=timezone.now() + timedelta(seconds=30))
    assert (services.waiting(), services.deliver(failing[1].pk)) == ([well], False)
    assert services.deliver(well)
    busy.update(lease_until=timezone.now())
    assert services.deliver(failing[1].pk)
    assert Webhook.objects.filter(failing=True).count() == 1


def test_a_slow_receiver_gets_one_time_slice(world: World, receiver: Receiver, monkeypatch: Any) -> None:
    monkeypatch.setattr(services.delivering, "_TIME_SLICE", timedelta(0))
    world.people.insert([{"name": "Joe"}])
    services.gather()
    assert services.deliver(world.hook["id"])  # the rest stays due
    assert (receiver.bodies, services.waiting()) == ([], [world.hook["id"]])


def test_deliveries_are_retried(world: World, receiver: Receiver) -> None:
    receiver.statuses = [500, 404]
    world.people.insert([{"name": "Joe"}])
    before = timezone.now()
    world.round()
    (entry,) = world.log()
    assert (entry["state"], entry["attempts"], entry["status"]) == ("pending", 1, 500)
    assert entry["error"] == "The receiver answered 500."
    delay = timedelta(seconds=MIN_DELAY)
    assert before + delay / 2 <= entry["due_at"] <= timezone.now() + delay
    Delivery.objects.update(due_at=timezone.now() + timedelta(seconds=600))
    world.round()
    assert len(receiver.bodies) == 1  # not yet due
    world.later()
    before = timezone.now()
    world.round()
    (entry,) = world.log()
    assert before + delay < entry["due_at"] <= timezone.now() + 2 * delay
    world.later()
    world.round()
    (entry,) = world.log()
    assert (entry["state"], entry["attempts"], entry["status"], entry["error"]) == ("delivered", 3, 200, "")
    assert len({headers["X-DataCube-Delivery"] for headers in receiver.headers}) == 1


def test_dead_deliveries_can_be_replayed(world: World, receiver: Receiver, settings: Any) -> None:
    settings.WEBHOOK_ATTEMPTS = 1
    receiver.statuses = [302]
    world.people.insert([{"name": "Joe"}])
    world.round()
    (entry,) = services.log(world.owner, world.database, world.hook["id"], state="dead")
    assert (entry["status"], entry["due_at"]) == (302, None)
    world.later()
    world.round()
    assert len(receiver.bodies) == 1
    again = services.replay(world.owner, world.database, world.hook["id"], entry["id"])
    assert (again["state"], again["attempts"]) == ("pending", 0)
    world.round()
    assert [item["state"] for item in world.log()] == ["delivered"]


def test_a_webhook_that_keeps_failing_is_switched_off(world: World, receiver: Receiver, settings: Any) -> None:
    settings.WEBHOOK_ATTEMPTS, settings.WEBHOOK_MAX_FAILURES = 1, 3
    receiver.statuses = [500, 500, 200, 500, 500, 500]
    world.people.insert([{"name": str(number)} for number in range(7)])
    world.round()
    (hook,) = services.list_all(world.owner, world.database)
    message = "Switched off: the last 3 deliveries failed. Switch it on again when the receiver works."
    assert (hook["active"], hook["message"], len(receiver.bodies)) == (False, message, 6)
    world.people.insert([{"name": "not heard"}])
    world.round()
    assert len(receiver.bodies) == 6
    on = services.switch(world.owner, world.database, world.hook["id"], active=True)
    assert (on["active"], on["message"]) == (True, "")
    world.people.insert([{"name": "heard"}])
    world.round()
    assert [json.loads(body)["0"]["name"] for body in receiver.bodies[6:]] == ["6", "heard"]


def test_private_addresses_are_refused(world: World, receiver: Receiver, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE_NETWORKS = False
    world.people.insert([{"name": "Joe"}])
    world.round()
    (entry,) = world.log()
    assert (entry["status"], entry["error"]) == (None, "The host has an address that is not public.")
    assert receiver.bodies == []


def test_only_selected_events_are_delivered(world: World, receiver: Receiver) -> None:
    services.delete(world.owner, world.database, world.hook["id"])
    services.create(world.owner, world.database, collection="people", url=receiver.url, events=["delete"])
    (joe,) = world.people.insert([{"name": "Joe"}])
    world.people.delete(one(joe))
    world.round()
    assert [json.loads(body)["event"]["method"] for body in receiver.bodies] == ["DELETE"]


def test_webhooks_are_deleted_with_their_database(world: World, receiver: Receiver, quick_drops: None) -> None:
    world.people.insert([{"name": "Joe"}])
    services.gather()
    catalog.services.deletion.drop_database(world.owner, world.database, confirmation="crm")
    world.round()
    assert (Webhook.objects.count(), Delivery.objects.count(), receiver.bodies) == (0, 0, [])


def test_errors(world: World, make_principal: Callable[..., Principal], settings: Any) -> None:
    with pytest.raises(engine.Invalid) as caught:
        services.create(world.owner, world.database, collection="people", url="x", events=[{}])
    assert [error.field for error in caught.value.errors] == ["url", "events"]
    settings.MAX_WEBHOOKS = 1
    with pytest.raises(engine.TooLarge, match="MAX_WEBHOOKS"):
        services.create(world.owner, world.database, collection="people", url="https://x.com", events=None)
    for work in (
        lambda: services.create(world.owner, world.database, collection="none", url="https://x.com", events=None),
        lambda: services.replay(world.owner, world.database, world.hook["id"], "0"),
        lambda: services.delete(world.owner, world.database, "0"),
        lambda: services.list_all(make_principal(), world.database),
        lambda: services.log(make_principal(), world.database, world.hook["id"]),
    ):
        with pytest.raises(engine.NotFound):
            work()
