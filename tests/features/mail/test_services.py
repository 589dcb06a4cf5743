"""Mails of a database: its collections, the sender, the content, and errors of records."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from catalog.definitions import parse_definitions
from catalog.limits import limits
from features.mail import services
from features.mail.messages import MailMessage

NO_DATABASE: Any = None


def test_the_collections_are_valid_definitions() -> None:
    definitions, errors = parse_definitions(list(services.COLLECTIONS), limits=limits(), max_collections=3)
    assert errors == []
    assert [(item.name, item.history.on) for item in definitions] == [
        ("email_outbound", False),
        ("email_unsubscribed", True),
        ("email_templates", True),
    ]
    assert [item.name for item in definitions[1].schema.fields if item.required] == ["email"]
    assert list(definitions[2].schema.unique) == ["name"]


@pytest.mark.parametrize(
    ("name", "sender"),
    [
        ("", "DataCube <datacube@example.com>"),
        ("Joe", "Joe <datacube@example.com>"),
        ("Smith, Joe", '"Smith, Joe" <datacube@example.com>'),
        ("Joé", "=?utf-8?q?Jo=C3=A9?= <datacube@example.com>"),
    ],
)
def test_a_mail_is_sent_from_the_address_of_the_installation(settings: Any, name: str, sender: str) -> None:
    settings.DEFAULT_FROM_EMAIL = "DataCube <datacube@example.com>"
    assert services._sender(name) == sender


@pytest.mark.parametrize(
    ("issue", "expected"),
    [
        (engine.FieldError("values", "No.", 1), engine.FieldError("html", "No.", 8)),
        (engine.FieldError("values.a.0", "No.", 0), engine.FieldError("html.a.0", "No.", 7)),
        (engine.FieldError("subject", "No.", 1), engine.FieldError("subject", "No.", 8)),
        (engine.FieldError("values_of_a", "No.", 1), engine.FieldError("values_of_a", "No.", 8)),
        (engine.FieldError("to", "No."), engine.FieldError("to", "No.", 7)),
    ],
)
def test_an_error_of_a_record_is_reported_under_the_name_in_the_mail(
    issue: engine.FieldError, expected: engine.FieldError
) -> None:
    messages = [MailMessage("a@example.com", index=7), MailMessage("b@example.com", index=8)]
    assert services._of_message(issue, messages) == expected


def test_a_mail_without_a_template_is_sent_as_it_is() -> None:
    record = {"template": "", "subject": "Hello {{a}}", "html": "<b>{{a}}</b>", "values": {"a": 1}}
    assert services._content(NO_DATABASE, record) == ("Hello {{a}}", "<b>{{a}}</b>")


def test_mails_without_a_template_need_no_check_of_templates() -> None:
    assert services._check_templates(NO_DATABASE, [MailMessage("a@example.com")]) is None


def test_the_query_for_one_mail() -> None:
    query = services._one("a" * 24)
    assert (query.filter, query.limit, query.count) == ({"_id": "a" * 24}, 1, engine.Count.NONE)
