"""Parsing of mails that a client sends, with all errors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

import engine
import engine.errors
from engine.encoding import dumps, loads
from engine.errors import Code, Message

_LINES = ("subject", "company", "sendername", "template", "transport")
MAX_SUBJECT_LENGTH = 500
_MAX_LENGTHS = {"subject": MAX_SUBJECT_LENGTH}
_MAX_LINE_LENGTH = 200
_TOO_LARGE = "A mail has at most {} bytes (MAX_MAIL_BYTES)."
# Characters that could begin another header.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class MailMessage:
    """A mail to one address.

    `values` fill a template; without a template `html` is the content. `index` is its place in an array.
    """

    to: str
    subject: str = ""
    html: str = ""
    company: str = ""
    sendername: str = ""
    template: str = ""
    transport: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    index: int | None = None


def parse_messages(raw: Any) -> list[MailMessage]:
    """Parse one object or an array of objects; raises `Invalid` with all errors."""
    items = raw if type(raw) is list else [raw]
    if not items or not all(type(item) is dict for item in items):
        raise engine.Invalid("The body must be a mail as a JSON object, or an array of at least one.")
    if len(items) > settings.MAX_MAIL_BATCH:
        raise engine.TooLarge(f"At most {settings.MAX_MAIL_BATCH} mails at once (MAX_MAIL_BATCH).")
    errors: list[engine.FieldError] = []
    parsed = [
        _parse_message(item, index if type(raw) is list else None, errors) for index, item in enumerate(items)
    ]
    messages = [copy for message in parsed for copy in _for_each_recipient(message, errors)]
    if errors:
        raise engine.errors.invalid(errors)
    if len(messages) > settings.MAX_MAIL_BATCH:
        raise engine.TooLarge(f"At most {settings.MAX_MAIL_BATCH} mails at once (MAX_MAIL_BATCH).")
    return messages


def _for_each_recipient(message: MailMessage, errors: list[engine.FieldError]) -> list[MailMessage]:
    """Return a copy of the message for each address of `to`, without duplicates."""
    many = type(message.to) is list
    addresses: list[Any] = [*message.to] if many else [message.to]
    if not addresses:
        errors.append(engine.FieldError("to", Message.required(), message.index))
    for index, address in enumerate(addresses):
        if not _is_address(address):
            invalid = Message("Must be one e-mail address.", Code.TYPE)
            reason = Message.required() if address is None else invalid
            errors.append(engine.FieldError(f"to.{index}" if many else "to", reason, message.index))
    return [replace(message, to=address) for address in dict.fromkeys(filter(_is_address, addresses))]


def _parse_message(item: Mapping[str, Any], index: int | None, errors: list[engine.FieldError]) -> MailMessage:
    def add_error(name: str, text: str) -> None:
        errors.append(engine.FieldError(name, text, index))

    members = {name: "" if value is None else value for name, value in item.items()}
    lines: dict[str, Any] = {name: members.get(name, "") for name in _LINES}
    for name, value in lines.items():
        max_length = _MAX_LENGTHS.get(name, _MAX_LINE_LENGTH)
        if type(value) is not str or len(value) > max_length or _CONTROL.search(value):
            add_error(name, f"Must be one line of text of at most {max_length} characters.")
        elif name == "sendername" and any(character in value for character in '<>@"'):
            add_error("sendername", "Must be a name, without '<', '>', '@' and '\"'.")
    text: Any = members.get("html", "")
    values: dict[str, Any] = {}
    if lines["template"] and type(text) is not dict:
        text = _object(text)
    if type(text) is dict:
        text, values = "", text
        if not lines["template"]:
            add_error("html", "Must be a text; an object is for templates.")
        elif len(dumps(values)) > settings.MAX_MAIL_BYTES:
            add_error("html", _TOO_LARGE.format(settings.MAX_MAIL_BYTES))
    if type(text) is not str:
        add_error("html", "Must be a text, or with a template an object of values.")
    elif len(text.encode(errors="replace")) > settings.MAX_MAIL_BYTES:
        add_error("html", _TOO_LARGE.format(settings.MAX_MAIL_BYTES))
    recipients: Any = item.get("to")
    return MailMessage(to=recipients, html=text, values=values, index=index, **lines)


def _object(text: Any) -> Any:
    """Return the values of a template that are sent as JSON in a text; None if they are not an object."""
    if text == "":
        return {}
    try:
        values = loads(text.encode(), depth=settings.MAX_DEPTH) if type(text) is str else None
    except (engine.Error, UnicodeEncodeError):
        return None
    return values if type(values) is dict else None


def _is_address(value: Any) -> bool:
    if type(value) is not str or len(value) > 254 or _CONTROL.search(value):
        return False
    try:
        validate_email(value)
        value.rpartition("@")[2].encode("idna")
    except (ValidationError, UnicodeError):
        return False
    return True


def to_documents(messages: Sequence[MailMessage]) -> list[dict[str, Any]]:
    """Return the documents of `email_outbound` for these messages."""
    return [
        {
            "to": message.to,
            "subject": message.subject,
            "html": message.html,
            "company": message.company,
            "sendername": message.sendername,
            "template": message.template,
            "values": dict(message.values),
            "transport": "default",
            "status": "queued",
            "attempts": 0,
        }
        for message in messages
    ]
