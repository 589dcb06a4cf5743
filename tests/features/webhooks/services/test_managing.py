"""Management of webhooks: the secret, what is refused, and what is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

import engine
from features.webhooks.models import Delivery, Webhook
from features.webhooks.services import managing

URL = "https://example.com/hook"
URL_ERROR = ("url", "Must be an address that begins with https:// or http://, without a user or a fragment.")
NOT_PUBLIC = ("url", "The host has an address that is not public.")
EVENTS_ERROR = ("events", "Must be an array of some of insert, update, delete.")
AT = datetime(2026, 1, 2, tzinfo=UTC)


def test_the_secret_of_a_webhook_depends_on_its_id_and_on_the_secret_key(settings: Any) -> None:
    settings.SECRET_KEY = "key"
    # printf webhook:0123abcd | openssl dgst -sha256 -hmac key
    digest = "f3202c064cef3684e5d6739be63b66f0b1d940428a819e66466d22eeee55bcd5"
    assert managing.secret_of("0123abcd") == f"whsec_{digest}"
    assert managing.secret_of("0123abce") != f"whsec_{digest}"
    settings.SECRET_KEY = "another"
    assert managing.secret_of("0123abcd") != f"whsec_{digest}"


@pytest.mark.parametrize(
    ("url", "events", "errors"),
    [
        ("ftp://example.com", ["insert"], [URL_ERROR]),
        ("", ["insert"], [URL_ERROR]),
        (None, ["insert"], [URL_ERROR]),
        ("https://user@example.com/", ["insert"], [URL_ERROR]),
        ("https://example.com/#a", ["insert"], [URL_ERROR]),
        ("https://exämple.com/", ["insert"], [URL_ERROR]),
        ("https://example.com/" + "x" * 1981, ["insert"], [URL_ERROR]),
        ("http://127.0.0.1/", ["insert"], [NOT_PUBLIC]),
        ("http://2130706433/", ["insert"], [NOT_PUBLIC]),
        (URL, [], [EVENTS_ERROR]),
        (URL, None, [EVENTS_ERROR]),
        (URL, "insert", [EVENTS_ERROR]),
        (URL, ["INSERT"], [EVENTS_ERROR]),
        (URL, ["insert", "test"], [EVENTS_ERROR]),
        (URL, [["insert"]], [EVENTS_ERROR]),
        (7, {}, [URL_ERROR, EVENTS_ERROR]),
    ],
)
def test_an_invalid_webhook_is_refused_with_all_errors(
    settings: Any, url: Any, events: Any, errors: list[tuple[str, str]]
) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE_NETWORKS = False
    with pytest.raises(engine.Invalid) as caught:
        managing._check(url, events)
    assert [(error.field, error.message) for error in caught.value.errors] == errors


@pytest.mark.parametrize(
    ("url", "events"),
    [
        (URL, ["delete", "insert", "update"]),
        (URL, ["insert", "insert"]),
        ("https://example.com/" + "x" * 1980, ["update"]),
        ("http://127.0.0.1:9000/", ["insert"]),
    ],
)
def test_a_valid_webhook(settings: Any, url: str, events: list[str]) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE_NETWORKS = True
    assert managing._check(url, events) is None


def test_a_webhook_is_shown_without_its_position_and_its_secret() -> None:
    row = Webhook(id="w", collection="c", events=["insert"], url=URL, message="m", created_at=AT, position="p")
    assert managing._describe(row) == {
        **{"id": "w", "collection": "c", "events": ["insert"], "url": URL},
        **{"active": True, "message": "m", "created_at": AT},
    }


@pytest.mark.parametrize(("state", "due_at"), [("pending", AT), ("delivered", None), ("dead", None)])
def test_only_a_pending_delivery_has_a_due_time(state: str, due_at: datetime | None) -> None:
    row = Delivery(id="d", operation="insert", document_id="a" * 24, happened_at=AT, state=state, due_at=AT)
    row.attempts, row.status, row.error, row.request = 2, 500, "e", "r"
    assert managing._delivery(row) == {
        **{"id": "d", "event": "insert", "document_id": "a" * 24, "happened_at": AT, "state": state},
        **{"attempts": 2, "status": 500, "error": "e", "due_at": due_at, "finished_at": None},
    }
