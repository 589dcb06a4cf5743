"""Forms of webhooks."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.services.webhook_forms import NewWebhookForm, WebhookForm

URL = "https://example.com/hook?é=1"
REQUIRED = "This field is required."


def unavailable(value: str) -> str:
    return f"Select a valid choice. {value} is not one of the available choices."


def test_a_valid_webhook() -> None:
    form = WebhookForm({"url": f" {URL} ", "events": ["delete", "insert"]})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"url": URL, "events": ["delete", "insert"]}


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"url": ""}, {"url": [REQUIRED]}),
        ({"url": "x" * 2_000}, {}),
        ({"url": "x" * 2_001}, {"url": ["Ensure this value has at most 2000 characters (it has 2001)."]}),
        ({"events": []}, {"events": ["Choose at least one event."]}),
        ({"events": ["insert", "drop"]}, {"events": [unavailable("drop")]}),
        ({"collection": ""}, {"collection": [REQUIRED]}),
        ({"collection": "absent"}, {"collection": [unavailable("absent")]}),
        ({"collection": "größe", "events": ["insert", "update", "delete"]}, {}),
    ],
)
def test_errors_of_a_new_webhook(change: dict[str, Any], errors: dict[str, list[str]]) -> None:
    values = {"url": URL, "events": ["update"], "collection": "films", **change}
    form = NewWebhookForm(values, collections=["films", "größe"])
    assert {name: [*texts] for name, texts in form.errors.items()} == errors


def test_a_new_webhook_begins_with_its_collection_and_has_all_events() -> None:
    form = NewWebhookForm(collections=["films"])
    assert [*form.fields] == ["collection", "url", "events"]
    assert form["events"].value() == ["insert", "update", "delete"]
    assert form["collection"].as_widget().count("<option") == 1


def test_the_collections_of_one_form_are_not_those_of_the_next() -> None:
    first, second = NewWebhookForm(collections=["films"]), NewWebhookForm(collections=[])
    assert first.fields["collection"].choices == [("films", "films")]
    assert second.fields["collection"].choices == []
