"""Parsing of mails: members, recipients, templates' values, limits, and all errors at once."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from features.mail.messages import MailMessage, parse_messages, to_documents

ADDRESS = "joe@example.com"
NOT_AN_ADDRESS = "Must be one e-mail address."
NOT_VALUES = "Must be a text, or with a template an object of values."
REQUIRED = "This field is required."
Errors = list[tuple[str, str, int | None]]


def line(max_length: int) -> str:
    return f"Must be one line of text of at most {max_length} characters."


def errors_of(raw: Any) -> Errors:
    with pytest.raises(engine.Invalid) as caught:
        parse_messages(raw)
    return [(error.field, error.message, error.index) for error in caught.value.errors]


@pytest.mark.parametrize(
    ("raw", "messages"),
    [
        ({"to": ADDRESS}, [MailMessage(ADDRESS)]),
        ([{"to": ADDRESS}], [MailMessage(ADDRESS, index=0)]),
        (
            {"to": ["a@example.com", "b@exämple.com", "a@example.com"], "subject": "ü", "html": "<p>x</p>"},
            [
                MailMessage("a@example.com", subject="ü", html="<p>x</p>"),
                MailMessage("b@exämple.com", subject="ü", html="<p>x</p>"),
            ],
        ),
        (
            {"to": ADDRESS, "subject": None, "html": None, "template": None, "unknown": 1},
            [MailMessage(ADDRESS)],
        ),
        (
            {"to": ADDRESS, "template": "t", "html": {"a": 1}},
            [MailMessage(ADDRESS, template="t", values={"a": 1})],
        ),
        (
            {"to": ADDRESS, "template": "t", "html": '{"a": [1]}'},
            [MailMessage(ADDRESS, template="t", values={"a": [1]})],
        ),
        ({"to": ADDRESS, "template": "t"}, [MailMessage(ADDRESS, template="t")]),
        ({"to": ADDRESS, "html": '{"a": 1}'}, [MailMessage(ADDRESS, html='{"a": 1}')]),
    ],
)
def test_mails(raw: Any, messages: list[MailMessage]) -> None:
    assert parse_messages(raw) == messages


@pytest.mark.parametrize("raw", [None, "text", 1, [], [None], [{"to": ADDRESS}, []]])
def test_a_body_that_is_no_mail_is_refused(raw: Any) -> None:
    with pytest.raises(engine.Invalid) as caught:
        parse_messages(raw)
    assert caught.value.message == "The body must be a mail as a JSON object, or an array of at least one."
    assert caught.value.errors == ()


@pytest.mark.parametrize(
    ("recipients", "field", "message"),
    [
        (None, "to", REQUIRED),
        ([], "to", REQUIRED),
        ([ADDRESS, None], "to.1", REQUIRED),
        ("", "to", NOT_AN_ADDRESS),
        ("a@example.com, b@example.com", "to", NOT_AN_ADDRESS),
        ("Joe <joe@example.com>", "to", NOT_AN_ADDRESS),
        ("joe@example.com\r\nBcc: x@example.com", "to", NOT_AN_ADDRESS),
        ("j" * 243 + "@example.com", "to", NOT_AN_ADDRESS),
        (["no", ADDRESS], "to.0", NOT_AN_ADDRESS),
        ({}, "to", NOT_AN_ADDRESS),
        (7, "to", NOT_AN_ADDRESS),
    ],
)
def test_recipients_that_are_refused(recipients: Any, field: str, message: str) -> None:
    assert errors_of({"to": recipients}) == [(field, message, None)]


@pytest.mark.parametrize(
    ("members", "errors"),
    [
        ({"subject": "x" * 501}, [("subject", line(500))]),
        ({"subject": "a\nb"}, [("subject", line(500))]),
        ({"subject": "a\x9bb"}, [("subject", line(500))]),
        ({"company": "x" * 201}, [("company", line(200))]),
        ({"transport": 1}, [("transport", line(200))]),
        ({"sendername": "Joe\u2028"}, [("sendername", line(200))]),
        ({"sendername": "Joe <x>"}, [("sendername", "Must be a name, without '<', '>', '@' and '\"'.")]),
        ({"html": 1}, [("html", NOT_VALUES)]),
        ({"html": {"a": 1}}, [("html", "Must be a text; an object is for templates.")]),
        ({"template": "t", "html": "Hello"}, [("html", NOT_VALUES)]),
        *(({"template": "t", "html": text}, [("html", NOT_VALUES)]) for text in ("[1]", '"x"', '""', "1", "null")),
        *(({"template": "t", "html": value}, [("html", NOT_VALUES)]) for value in ([], [{}], True)),
        ({"sendername": "<\n"}, [("sendername", line(200))]),
        ({"sendername": "@" * 201}, [("sendername", line(200))]),
        ({"template": "t", "html": 1}, [("html", NOT_VALUES)]),
        ({"html": "ü" * 26}, [("html", "A mail has at most 50 bytes (MAX_MAIL_BYTES).")]),
        (
            {"template": "t", "html": {"a": "x" * 43}},
            [("html", "A mail has at most 50 bytes (MAX_MAIL_BYTES).")],
        ),
        ({"subject": 1, "html": 2}, [("subject", line(500)), ("html", NOT_VALUES)]),
    ],
)
def test_members_that_are_refused(settings: Any, members: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    settings.MAX_MAIL_BYTES = 50
    assert errors_of([{"to": ADDRESS}, {"to": ADDRESS, **members}]) == [(*error, 1) for error in errors]


def test_members_at_their_limits_are_accepted(settings: Any) -> None:
    settings.MAX_MAIL_BYTES = 50
    address = "j" * 242 + "@example.com"
    assert len(address) == 254
    mail = {"to": address, "subject": "s" * 500, "sendername": "n" * 200, "html": "ü" * 25}
    assert parse_messages(mail) == [MailMessage(address, subject="s" * 500, sendername="n" * 200, html="ü" * 25)]
    values = {"a": "x" * 42}  # 50 bytes as JSON
    (message,) = parse_messages({"to": ADDRESS, "template": "t", "html": values})
    assert message.values == values


@pytest.mark.parametrize("raw", [[{"to": ADDRESS}] * 3, {"to": [f"{name}@example.com" for name in "abc"]}])
def test_the_number_of_mails_is_limited(settings: Any, raw: Any) -> None:
    settings.MAX_MAIL_BATCH = 3
    assert len(parse_messages(raw)) == 3
    settings.MAX_MAIL_BATCH = 2
    with pytest.raises(engine.TooLarge) as caught:
        parse_messages(raw)
    assert caught.value.message == "At most 2 mails at once (MAX_MAIL_BATCH)."


def test_the_document_of_a_mail() -> None:
    message = MailMessage(ADDRESS, subject="s", sendername="Joe", template="t", values={"a": 1}, index=4)
    assert to_documents([message]) == [
        {
            **{"to": ADDRESS, "subject": "s", "html": "", "company": "", "sendername": "Joe", "template": "t"},
            **{"values": {"a": 1}, "transport": "default", "status": "queued", "attempts": 0},
        }
    ]
