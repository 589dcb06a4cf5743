"""Mails that are composed from templates, and their delivery."""

from __future__ import annotations

from email.message import Message
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.template import TemplateDoesNotExist

from accounts.mail import OutgoingMail, compose, deliver, link, send

LINKS = {"link": "https://data.example.com/core/x/t0ken", "page": "https://data.example.com/dashboard/x/t0ken"}


@pytest.fixture(autouse=True)
def addresses(settings: Any) -> None:
    settings.BASE_URL = "https://data.example.com"
    settings.DEFAULT_FROM_EMAIL = "DataCube <service@example.com>"


@pytest.mark.parametrize(
    ("template", "context", "subject", "texts"),
    [
        (
            "verify_email",
            {**LINKS, "hours": 72},
            "Verify your e-mail address",
            ["within 72 hours:", *LINKS.values()],
        ),
        (
            "password_reset",
            {**LINKS, "minutes": 60},
            "Reset your password",
            ["within 60 minutes:", *LINKS.values()],
        ),
        ("password_changed", LINKS, "Your password was changed", [*LINKS.values()]),
        ("already_registered", LINKS, "You already have an account", [*LINKS.values()]),
        (
            "invitation",
            {"inviter": "Zoë <b>", "team": 'R&D "é"', "role": "editor", "days": 7, "page": LINKS["page"]},
            "You are invited to a team",
            ['Zoë <b> invites you to the team "R&D "é""', "as editor.", "within 7 days:", LINKS["page"]],
        ),
    ],
)
def test_a_template_gives_subject_and_body(
    template: str, context: dict[str, Any], subject: str, texts: list[str]
) -> None:
    mail = compose("anna@example.com", template=template, **context)
    assert (mail.to, mail.subject, mail.page) == ("anna@example.com", subject, LINKS["page"])
    assert [text for text in [*texts, "DataCube (https://data.example.com)"] if text not in mail.body] == []
    assert subject not in mail.body
    assert mail.body == mail.body.lstrip()
    assert "{{" not in mail.body and "{%" not in mail.body


def test_a_mail_without_a_page() -> None:
    assert compose("anna@example.com", template="password_changed").page == ""


def test_an_unknown_template_is_an_error() -> None:
    with pytest.raises(TemplateDoesNotExist, match=r"^mail/absent\.txt$"):
        compose("anna@example.com", template="absent")


def test_the_secrets_of_a_mail_are_not_in_its_repr() -> None:
    mail = OutgoingMail("anna@example.com", "Subject", "body with t0ken", "https://data.example.com/t0ken")
    assert repr(mail) == "OutgoingMail(to='anna@example.com', subject='Subject')"


def test_a_mail_is_delivered_as_plain_text(mailoutbox: list[EmailMessage]) -> None:
    deliver(OutgoingMail("anna@example.com", "Größe", "Line 1\nLine 2 é\n", ""))
    (mail,) = mailoutbox
    assert (mail.to, mail.from_email) == (["anna@example.com"], "DataCube <service@example.com>")
    assert (mail.subject, mail.body) == ("Größe", "Line 1\nLine 2 é\n")
    message: Message = mail.message()
    assert message.get_content_type() == "text/plain"


def test_a_mail_is_composed_and_delivered(mailoutbox: list[EmailMessage]) -> None:
    send("anna@example.com", template="password_changed", **LINKS)
    expected = compose("anna@example.com", template="password_changed", **LINKS)
    assert [(mail.to, mail.subject, mail.body) for mail in mailoutbox] == [
        (["anna@example.com"], expected.subject, expected.body)
    ]


@pytest.mark.parametrize(
    ("path", "url"), [("/a?b=c", "https://data.example.com/a?b=c"), ("", "https://data.example.com")]
)
def test_a_link_begins_with_the_address_of_the_service(path: str, url: str) -> None:
    assert link(path) == url
