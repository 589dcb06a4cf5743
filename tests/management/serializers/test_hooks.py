"""The requests and responses of webhooks."""

from __future__ import annotations

from typing import Any

import pytest

from management.serializers import hooks
from management.serializers.fields import RequestSerializer, parse
from management.serializers.hooks import (
    CreateWebhookRequest,
    EventsField,
    ReplayRequest,
    SwitchWebhookRequest,
    WebhookLogQuery,
    WebhookRequest,
)
from tests.management.serializers.support import DATABASE, errors_of, example_errors, example_of, responses_of

HOOK = {"database_id": DATABASE, "webhook_id": "h"}
NEW = {"database_id": DATABASE, "collection_name": "orders"}


@pytest.mark.parametrize("shape", [CreateWebhookRequest, WebhookRequest, SwitchWebhookRequest, ReplayRequest])
def test_the_example_of_a_request_is_valid(shape: type[RequestSerializer]) -> None:
    assert parse(shape, example_of(shape)) == example_of(shape)


@pytest.mark.parametrize(
    ("shape", "values", "parsed"),
    [
        (CreateWebhookRequest, NEW, NEW),
        (CreateWebhookRequest, {**NEW, "url": 7, "events": "x"}, {**NEW, "url": 7, "events": "x"}),
        (CreateWebhookRequest, {**NEW, "events": None}, {**NEW, "events": None}),
        (WebhookRequest, {**HOOK, "active": True}, HOOK),
        (SwitchWebhookRequest, {**HOOK, "active": False}, {**HOOK, "active": False}),
        (WebhookLogQuery, HOOK, {**HOOK, "state": ""}),
        (WebhookLogQuery, {**HOOK, "state": "dead"}, {**HOOK, "state": "dead"}),
        (WebhookLogQuery, {**HOOK, "state": "other"}, {**HOOK, "state": "other"}),  # the service knows the states
    ],
)
def test_requests(shape: type[RequestSerializer], values: dict[str, Any], parsed: dict[str, Any]) -> None:
    assert parse(shape, values) == parsed


@pytest.mark.parametrize(
    ("shape", "values", "errors"),
    [
        (
            WebhookRequest,
            {},
            [("database_id", "database_id is required"), ("webhook_id", "webhook_id is required")],
        ),
        (WebhookRequest, {**HOOK, "webhook_id": 7}, [("webhook_id", "webhook_id must be a string without NUL")]),
        (WebhookRequest, {**HOOK, "dry_run": True}, [("dry_run", "Unknown parameter dry_run.")]),
        (ReplayRequest, HOOK, [("delivery_id", "delivery_id is required")]),
        *(
            (SwitchWebhookRequest, {**HOOK, "active": value}, [("active", "active must be true or false")])
            for value in (None, "true", 1, [])
        ),
        (SwitchWebhookRequest, HOOK, [("active", "active must be true or false")]),
        (SwitchWebhookRequest, {**HOOK, "active": True, "url": "x"}, [("url", "Unknown parameter url.")]),
        (
            CreateWebhookRequest,
            {**NEW, "url": "x", "event": [], "Events": []},
            [("Events", "Unknown parameter Events."), ("event", "Unknown parameter event.")],
        ),
        (WebhookLogQuery, {**HOOK, "state": "\0"}, [("state", "state must be a string without NUL")]),
    ],
)
def test_requests_that_are_refused(
    shape: type[RequestSerializer], values: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    assert errors_of(shape, values) == errors


def test_the_events_are_described_by_their_kinds() -> None:
    assert list(EventsField().child.choices) == ["insert", "update", "delete"]
    assert isinstance(hooks.WebhookResponse().fields["webhook"].fields["events"], EventsField)


@pytest.mark.parametrize("shape", responses_of(hooks).values(), ids=responses_of(hooks))
def test_the_example_of_a_response_is_valid(shape: Any) -> None:
    assert example_errors(shape) == {}


def test_the_secret_is_in_the_response_for_a_new_webhook_alone() -> None:
    with_secret = [name for name, shape in responses_of(hooks).items() if "secret" in shape().fields]
    assert with_secret == ["NewWebhookResponse"]
