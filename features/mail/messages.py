"""A mail that somebody wants to be sent, checked with every fault named."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

import engine

_LINES = ("subject", "company", "sendername", "template", "transport")
MOST_OF_A_SUBJECT = 500
_LONGEST = {"subject": MOST_OF_A_SUBJECT}
_LONGEST_LINE = 200
_TOO_LARGE = "A mail has at most {} bytes (MAX_MAIL_BYTES)."
# What would begin another header.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")


@dataclass(frozen=True)
class Message:
    """`values` are those of a template; without one `html` is the text itself. `index` is its place in an array."""

    to: str
    subject: str = ""
    html: str = ""
    company: str = ""
    sendername: str = ""
    template: str = ""
    transport: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    index: int | None = None


def letters(raw: Any) -> list[Message]:
    """Of one object or an array of them; raises `Invalid`."""
    items = raw if type(raw) is list else [raw]
    if not items or not all(type(item) is dict for item in items):
        raise engine.Invalid("The body must be a mail as a JSON object, or an array of at least one.")
    if len(items) > settings.MAX_MAIL_BATCH:
        raise engine.TooLarge(f"At most {settings.MAX_MAIL_BATCH} mails at once (MAX_MAIL_BATCH).")
    faults: list[engine.FieldError] = []
    found = [_letter(item, index if type(raw) is list else None, faults) for index, item in enumerate(items)]
    each = [letter for message in found for letter in _of_each_receiver(message, faults)]
    if faults:
        raise engine.invalid(faults)
    if len(each) > settings.MAX_MAIL_BATCH:
        raise engine.TooLarge(f"At most {settings.MAX_MAIL_BATCH} mails at once (MAX_MAIL_BATCH).")
    return each


def _of_each_receiver(letter: Message, faults: list[engine.FieldError]) -> list[Message]:
    """Return a letter for each address of `to`, in their order; an address that is there twice gets one."""
    many = type(letter.to) is list
    addresses: list[Any] = [*letter.to] if many else [letter.to]
    if not addresses:
        faults.append(engine.FieldError("to", engine.Message.required(), letter.index))
    for place, address in enumerate(addresses):
        if not _is_address(address):
            text = engine.Message("Must be one e-mail address.", engine.Code.TYPE)
            message = engine.Message.required() if address is None else text
            faults.append(engine.FieldError(f"to.{place}" if many else "to", message, letter.index))
    return [replace(letter, to=address) for address in dict.fromkeys(filter(_is_address, addresses))]


def _letter(item: Mapping[str, Any], index: int | None, faults: list[engine.FieldError]) -> Message:
    def fault(name: str, text: str) -> None:
        faults.append(engine.FieldError(name, text, index))

    given = {name: "" if value is None else value for name, value in item.items()}
    lines = {name: given.get(name, "") for name in _LINES}
    for name, value in lines.items():
        longest = _LONGEST.get(name, _LONGEST_LINE)
        if type(value) is not str or len(value) > longest or _CONTROL.search(value):
            fault(name, f"Must be one line of text of at most {longest} characters.")
    name = lines["sendername"]
    if type(name) is str and any(letter in name for letter in '<>@"'):
        fault("sendername", "Must be a name, without '<', '>', '@' and '\"'.")
    text, values = given.get("html", ""), {}
    if lines["template"] and type(text) is not dict:
        text = _object(text)
    if type(text) is dict:
        text, values = "", text
        if not lines["template"]:
            fault("html", "Must be a text; an object is for templates.")
        elif len(engine.dumps(values)) > settings.MAX_MAIL_BYTES:
            fault("html", _TOO_LARGE.format(settings.MAX_MAIL_BYTES))
    if type(text) is not str:
        fault("html", "Must be a text, or with a template an object of values.")
    elif len(text.encode(errors="replace")) > settings.MAX_MAIL_BYTES:
        fault("html", _TOO_LARGE.format(settings.MAX_MAIL_BYTES))
    return Message(to=item.get("to"), html=text, values=values, index=index, **lines)  # type: ignore[arg-type]


def _object(text: Any) -> Any:
    """The values of a template may be sent as JSON in a text."""
    if text == "":
        return {}
    try:
        return engine.loads(text.encode(), depth=settings.MAX_DEPTH) if type(text) is str else text
    except (engine.Error, UnicodeEncodeError):
        return None


def _is_address(value: Any) -> bool:
    if type(value) is not str or len(value) > 254 or _CONTROL.search(value):
        return False
    try:
        validate_email(value)
        value.rpartition("@")[2].encode("idna")
    except (ValidationError, UnicodeError):
        return False
    return True


def records(found: Sequence[Message]) -> list[dict[str, Any]]:
    """What `email_outbound` keeps of letters."""
    return [
        {
            "to": letter.to,
            "subject": letter.subject,
            "html": letter.html,
            "company": letter.company,
            "sendername": letter.sendername,
            "template": letter.template,
            "values": dict(letter.values),
            "transport": "default",
            "status": "queued",
            "attempts": 0,
        }
        for letter in found
    ]
