"""Webhooks in the dashboard: created, tested, paused, replayed and deleted."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

import catalog.services
import engine
import features.webhooks.services
from features.webhooks.models import Delivery, Webhook
from tests.dashboard.conftest import HTMX, Browser, text_of
from tests.features.webhooks.receiver import Receiver, listening

NEW = {"collection": "films", "url": "https://example.com/hook", "events": ["insert", "delete"]}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as instance:
        yield instance


@pytest.fixture
def hook(anna: Browser, films: engine.Database, receiver: Receiver, settings: Any) -> str:
    """Create a webhook of Anna and return the address of its page."""
    settings.WEBHOOK_ALLOW_PRIVATE_NETWORKS = True
    created, _ = features.webhooks.services.create(
        anna.principal, films.id, collection="films", url=receiver.url, events=None
    )
    return f"db/{films.id}/webhooks/{created['id']}"


def run() -> None:
    """Run the scheduler's work, as if an hour had passed, in as many turns as it takes."""
    Delivery.objects.filter(state="pending").update(due_at=timezone.now() - timedelta(seconds=1))
    features.webhooks.services.gather()
    while names := features.webhooks.services.waiting():
        for name in names:
            features.webhooks.services.deliver(name)


def state() -> list[Any]:
    rows = (
        Webhook.objects.values_list("url", "events", "active"),
        Delivery.objects.values_list("state", "operation"),
    )
    return [[*row] for row in rows]


def test_the_secret_is_shown_once(anna: Browser, films: engine.Database) -> None:
    assert "No webhooks yet" in text_of(anna.get(f"db/{films.id}/webhooks"))
    created = anna.post(f"db/{films.id}/webhooks", NEW).content.decode()
    secret = re.search(r"whsec_\w+", created)[0]
    again = anna.get(f"db/{films.id}/webhooks")
    assert secret not in again.content.decode()
    assert "https://example.com/hook films: insert, delete active" in text_of(again)
    page = anna.get(f"db/{films.id}/webhooks/{Webhook.objects.get().pk}")
    assert secret not in page.content.decode()
    assert "0 pending, 0 delivered, 0 failed" in text_of(page)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"url": ""}, "This field is required."),
        ({"url": "ftp://example.com"}, "Must be an address that begins with https:// or http://"),
        ({"url": "http://127.0.0.1/"}, "The host has an address that is not public."),
        ({"events": []}, "Choose at least one event."),
        ({"events": ["fly"]}, "Select a valid choice. fly is not one of the available choices."),
        ({"collection": "nothing"}, "Select a valid choice. nothing is not one of the available choices."),
    ],
)
def test_errors_of_a_new_webhook(anna: Browser, films: engine.Database, change: dict, message: str) -> None:
    answer = anna.post(f"db/{films.id}/webhooks", NEW | change)
    assert answer.status_code == 400
    assert message in html.unescape(text_of(answer))
    assert "data-open-now" in answer.content.decode()
    assert state() == [[], []]


def test_the_number_of_webhooks_is_limited(anna: Browser, films: engine.Database, settings: Any) -> None:
    settings.MAX_WEBHOOKS = 1
    assert anna.post(f"db/{films.id}/webhooks", NEW).status_code == 200
    answer = anna.post(f"db/{films.id}/webhooks", NEW)
    assert (answer.status_code, "at most 1 webhooks (MAX_WEBHOOKS)" in text_of(answer)) == (400, True)
    assert Webhook.objects.count() == 1


def test_edit_pause_resume_and_delete(anna: Browser, hook: str) -> None:
    assert anna.post(hook, {"url": "https://example.com/new", "events": ["update"]}).status_code == 302
    assert state() == [[("https://example.com/new", ["update"], True)], []]
    refused = anna.post(hook, {"url": "nothing", "events": ["insert"]})
    assert (refused.status_code, 'value="nothing"' in refused.content.decode()) == (400, True)
    assert anna.post(f"{hook}/switch", {"active": "0"}).status_code == 302
    assert state() == [[("https://example.com/new", ["update"], False)], []]
    assert "paused" in text_of(anna.get(hook))
    anna.post(f"{hook}/switch", {"active": "1"})
    assert Webhook.objects.get().active
    assert anna.post(f"{hook}/delete").status_code == 302
    assert state() == [[], []]
    assert anna.get(hook).status_code == 404


def test_a_test_event_and_its_response(
    anna: Browser, films: engine.Database, hook: str, receiver: Receiver
) -> None:
    assert anna.post(f"{hook}/test").status_code == 302
    anna.post(f"{hook}/test")
    assert "A test event is waiting to be sent already." in text_of(anna.get(hook))
    Delivery.objects.update(attempts=1, due_at=timezone.now())
    assert "1 attempt, next due just now" in text_of(anna.get(f"{hook}/deliveries", headers=HTMX))
    run()
    assert len(receiver.bodies) == 1
    event = json.loads(receiver.bodies[0])
    assert event["event"] == {
        "db": films.name,
        "collection": "films",
        "method": "TEST",
        "payload": [{"message": "This is a test event."}],
    }
    assert receiver.headers[0]["X-DataCube-Event"] == "test"
    assert "0 pending, 1 delivered, 0 failed" in text_of(anna.get(f"{hook}/deliveries", headers=HTMX))
    page = text_of(anna.get(f"{hook}/deliveries/{Delivery.objects.get().pk}"))
    assert "This is a test event." in page
    assert "Response: 200 OK" in page


def test_a_failed_test_is_not_repeated_and_does_not_pause(
    anna: Browser, hook: str, receiver: Receiver, settings: Any
) -> None:
    settings.WEBHOOK_MAX_FAILURES = 1
    receiver.statuses = [500]
    anna.post(f"{hook}/test")
    run()
    assert state()[1] == [("dead", "test")]
    assert Webhook.objects.values("active", "failing", "deaths").get() == {
        "active": True,
        "failing": False,
        "deaths": 0,
    }
    anna.post(f"{hook}/switch", {"active": "0"})
    anna.post(f"{hook}/test")
    assert "The webhook is paused." in text_of(anna.get(hook))
    assert Delivery.objects.count() == 1


def test_deliveries_are_listed_and_replayed(
    anna: Browser, films: engine.Database, hook: str, receiver: Receiver, settings: Any
) -> None:
    settings.WEBHOOK_ATTEMPTS = 1
    receiver.statuses = [500, 500]
    films.collection("films").insert([{"title": "A"}, {"title": "B"}, {"title": "<b>C</b>"}])
    run()
    assert "0 pending, 1 delivered, 2 failed" in text_of(anna.get(hook))
    failed = anna.get(f"{hook}?state=dead")
    assert failed.content.decode().count("The receiver answered 500.") == 2
    assert anna.get(f"{hook}?state=odd").status_code == 400
    delivered = Delivery.objects.get(state="delivered")
    page = anna.get(f"{hook}/deliveries/{delivered.pk}").content.decode()
    assert "&lt;b&gt;C&lt;/b&gt;" in page and "<b>C" not in page
    assert anna.post(f"{hook}/deliveries/{delivered.pk}").status_code == 302
    assert Delivery.objects.filter(state="pending").count() == 1
    anna.post(f"{hook}/replay")
    assert "2 deliveries queued again." in text_of(anna.get(hook))
    run()
    assert [row[0] for row in state()[1]] == ["delivered"] * 3
    assert len(receiver.bodies) == 6


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("editor", 403), ("viewer", 403)])
def test_roles_that_see_and_change_webhooks(
    new_team_member: Callable[[str], Browser], films: engine.Database, hook: str, role: str, status: int
) -> None:
    before, guest = state(), new_team_member(role)
    assert guest.get(f"db/{films.id}/webhooks").status_code == status
    assert guest.get(hook).status_code == status
    assert ("Webhooks" in text_of(guest.get(f"db/{films.id}/settings"))) == (status == 200)
    if status == 200:
        return
    for path, data in {"": NEW, "/switch": {"active": "0"}, "/delete": {}, "/test": {}, "/replay": {}}.items():
        assert guest.post(f"{hook}{path}", data).status_code == 403, path
    assert guest.post(f"db/{films.id}/webhooks", NEW).status_code == 403
    assert state() == before


def test_a_webhook_of_another_database_is_not_found(anna: Browser, ben: Browser, hook: str) -> None:
    other, _ = catalog.services.creation.create_database(
        ben.principal, name="other", collections=[{"name": "films", "fields": [{"name": "title"}]}]
    )
    before, webhook_id = state(), hook.rsplit("/", 1)[1]
    for path in ("", "/switch", "/delete", "/test", "/replay"):
        assert ben.post(f"db/{other.id}/webhooks/{webhook_id}{path}", NEW).status_code == 404, path
    assert ben.get(f"db/{other.id}/webhooks/{webhook_id}").status_code == 404
    assert state() == before
