"""The tables of webhooks and of their deliveries."""

from __future__ import annotations

from django.db.models import CASCADE

from features.webhooks.models import Delivery, DeliveryState, StreamPosition, Webhook


def test_states_of_a_delivery() -> None:
    assert DeliveryState.values == ["pending", "delivered", "dead"]


def test_a_new_delivery_is_pending_and_was_not_tried() -> None:
    delivery = Delivery(id="d1")
    assert (delivery.state, delivery.attempts, delivery.status, delivery.version) == ("pending", 0, None, None)
    assert (delivery.error, delivery.request, delivery.response, delivery.finished_at) == ("", "", "", None)


def test_a_new_webhook_is_active_and_has_not_failed() -> None:
    hook = Webhook(id="w1")
    assert (hook.active, hook.failing, hook.deaths, hook.message) == (True, False, 0, "")


def test_an_event_is_stored_once_for_a_webhook() -> None:
    (constraint,) = Delivery._meta.constraints
    assert constraint.fields == ("webhook", "token")


def test_the_deliveries_of_a_webhook_end_with_it() -> None:
    field = Delivery._meta.get_field("webhook")
    assert field.remote_field.on_delete is CASCADE
    assert field.remote_field.related_name == "deliveries"


def test_tokens_and_positions_have_the_same_length() -> None:
    columns = [(StreamPosition, "position"), (Webhook, "position"), (Delivery, "token")]
    assert {model._meta.get_field(name).max_length for model, name in columns} == {2100}
    assert StreamPosition().position == ""
