"""Stored mail data: members of a template, its preview, and addresses that get no mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

import engine
from features.mail import stored
from features.mail.stored import Store, Template

AT = datetime(2026, 1, 2)
NAME = ("name", "Must be one line of text of at most 200 characters.")
SUBJECT = ("subject", "Must be one line of text of at most 500 characters.")
HTML = ("html", "May have at most 20 bytes (MAX_MAIL_BYTES).")
REQUIRED = ("name", "This field is required.")


@pytest.fixture(autouse=True)
def _small_mails(settings: Any) -> None:
    settings.MAX_MAIL_BYTES = 20


@pytest.mark.parametrize(
    ("name", "subject", "html", "errors"),
    [
        ("", "", "", [REQUIRED]),
        ("   ", "", "", [REQUIRED]),
        ("\n", "", "", [REQUIRED]),
        (" " * 201, "", "", [REQUIRED]),
        ("\0", "", "", [NAME]),
        ("", "\n", "x" * 21, [REQUIRED, SUBJECT, HTML]),
        ("n" * 201, "", "", [NAME]),
        ("a\tb", "", "", [NAME]),
        ("a\u2029", "", "", [NAME]),
        ("a", "s" * 501, "", [SUBJECT]),
        ("a", "s\r\nBcc: x", "", [SUBJECT]),
        ("a", "s\x9f", "", [SUBJECT]),
        ("a", "", "ü" * 10 + "x", [HTML]),
        ("n" * 201, "\x7f", "x" * 21, [NAME, SUBJECT, HTML]),
    ],
)
def test_an_invalid_template_is_refused_with_all_errors(
    name: str, subject: str, html: str, errors: list[tuple[str, str]]
) -> None:
    with pytest.raises(engine.Invalid) as caught:
        stored._checked(name, subject, html)
    assert [(error.field, error.message) for error in caught.value.errors] == errors


@pytest.mark.parametrize(
    ("name", "subject", "html"), [("n", "", ""), ("n" * 200, "s" * 500, "ü" * 10), ("größe", "日本", "a\nb")]
)
def test_a_valid_template(name: str, subject: str, html: str) -> None:
    assert stored._checked(name, subject, html) == {"name": name, "subject": subject, "html": html}


def test_blanks_around_a_name_are_removed_and_lone_surrogates_count_as_one_byte() -> None:
    assert stored._checked(" a b ", " s ", "\ud800" * 20) == {
        "name": "a b",
        "subject": " s ",
        "html": "\ud800" * 20,
    }


@pytest.mark.parametrize(
    ("members", "texts"),
    [
        ({"name": "a", "subject": "b", "html": "c"}, ("a", "b", "c")),
        ({}, ("", "", "")),
        ({"name": 1, "subject": None, "html": ["c"]}, ("", "", "")),
    ],
)
def test_members_of_a_stored_template_that_are_not_text_are_empty(
    members: dict[str, Any], texts: tuple[str, str, str]
) -> None:
    document = {"_id": 17, **members, "_sys": {"version": 3, "updated": AT}}
    assert stored._template(document) == Template("17", *texts, version=3, changed_at=AT)


def test_a_preview_has_an_escaped_text_and_a_plain_subject() -> None:
    assert stored.preview("{{a}}\nb", "<b>{{a}}</b>", {"a": "<"}) == ("< b", "<b>&lt;</b>")


def test_a_preview_has_the_limits_of_a_mail() -> None:
    assert stored.preview("s" * 500, "h" * 20, {}) == ("s" * 500, "h" * 20)
    with pytest.raises(engine.TooLarge, match="gives more than 500 bytes"):
        stored.preview("s" * 501, "", {})
    with pytest.raises(engine.TooLarge, match="gives more than 20 bytes"):
        stored.preview("", "{{a}}", {"a": "h" * 21})


@pytest.mark.parametrize("email", ["", "  ", "@a", "nobody", "a@b\nc", "a" * 250 + "@b.cd"])
def test_an_opt_out_must_be_an_address(email: str) -> None:
    principal: Any = None
    with pytest.raises(engine.Invalid) as caught:
        Store(principal, "x", "management").add_opt_out(email)
    assert caught.value.errors == (engine.FieldError("email", "Must be one e-mail address."),)
