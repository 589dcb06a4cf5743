"""Mails of a database: recorded in a collection of its own, then sent in the background."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable, Sequence
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

import engine
from accounts.principal import Principal
from catalog.services import ensure_collections, open_database, open_for_service
from features.mail.messages import MOST_OF_A_SUBJECT, Message, letters, records
from features.mail.templates import as_text, filled, filled_line

OUTBOUND, UNSUBSCRIBED, TEMPLATES = "email_outbound", "email_unsubscribed", "email_templates"
ACTOR = "mail"
_ENDED = ("sent", "failed", "unsubscribed")
_TEXT = {"type": "string"}
COLLECTIONS = [
    {
        "name": OUTBOUND,
        "history": False,
        "fields": [{"name": name} for name in ("to", "subject", "html", "status", "transport", "from")],
    },
    {"name": UNSUBSCRIBED, "fields": [{"name": "email", "required": True}]},
    {"name": TEMPLATES, "fields": [{"name": "name", "unique": True}, {"name": "subject"}, {"name": "html"}]},
]


def accept(
    principal: Principal, database_id: str, raw: Any, *, surface: str, admit: Callable[[int], None]
) -> list[str]:
    """The ids of the records of new mails, all or none; they are not under way yet.

    `admit` is told how many there are as soon as nothing is wrong with them, and may refuse them.
    """
    database = open_database(principal, database_id, surface=surface)
    database.require(engine.Action.INSERT)
    found = letters(raw)
    ensure_collections(database, COLLECTIONS)
    database = open_database(principal, database_id, collection=OUTBOUND, surface=surface)
    _check_templates(database, found)
    outbound = database.collection(OUTBOUND)
    try:
        outbound.fresh(records(found))
    except engine.Invalid as problem:
        raise engine.invalid([_of_letter(fault, found) for fault in problem.errors]) from problem
    admit(len(found))
    return [str(name) for name in outbound.insert(records(found))]


def _of_letter(fault: engine.FieldError, found: Sequence[Message]) -> engine.FieldError:
    """A fault of a record by what the mail calls it: `values` came as `html`."""
    place = re.sub(r"^values\b", "html", fault.field)
    return engine.FieldError(place, fault.message, found[fault.index or 0].index)


def _check_templates(database: engine.Database, found: Sequence[Message]) -> None:
    known = {letter.template: _template(database, letter.template) for letter in found if letter.template}
    faults = [
        engine.FieldError("template", f"There is no template {letter.template!r}.", letter.index)
        for letter in found
        if letter.template and known[letter.template] is None
    ]
    if faults:
        raise engine.invalid(faults)


def _template(database: engine.Database, name: str) -> dict[str, Any] | None:
    """Read with the service's own rights: who may send may use every template."""
    own = open_for_service(database.id, actor=ACTOR, collection=TEMPLATES)
    found = own.collection(TEMPLATES).find(engine.Query({"name": name}, limit=1, count=engine.Count.NONE))
    return found.documents[0] if found.documents else None


def send(database_id: str, mail_id: str) -> None:
    """Sends one mail unless that is done; raises `OSError` where the mail server does not take it just now."""
    database = open_for_service(database_id, actor=ACTOR, collection=OUTBOUND)
    outbound = database.collection(OUTBOUND)
    found = outbound.find(_one(mail_id)).documents
    if not found or found[0]["status"] in _ENDED:
        return
    record = found[0]
    if _is_unsubscribed(database, record["to"]):
        _note(outbound, mail_id, status="unsubscribed")
        return
    sender = _sender(record["sendername"])
    try:
        subject, markup = _content(database, record)
        mail = EmailMultiAlternatives(subject, as_text(markup), sender, [record["to"]])
        mail.attach_alternative(markup, "text/html")
        mail.send()
    except engine.TooLarge as problem:
        _note(outbound, mail_id, status="failed", reason=problem.message)
        return
    except smtplib.SMTPRecipientsRefused:
        _note(outbound, mail_id, status="failed", reason="The mail server refuses the address.")
        return
    except ValueError:
        _note(outbound, mail_id, status="failed", reason="No mail can be made of it.")
        return
    except OSError:
        _note(outbound, mail_id, attempts=record["attempts"] + 1)
        raise
    _note(outbound, mail_id, **{"status": "sent", "from": sender, "attempts": record["attempts"] + 1})


def give_up(database_id: str, mail_id: str) -> None:
    """After the last attempt."""
    database = open_for_service(database_id, actor=ACTOR, collection=OUTBOUND)
    _note(database.collection(OUTBOUND), mail_id, status="failed", reason="The mail server did not take the mail.")


def _content(database: engine.Database, record: dict[str, Any]) -> tuple[str, str]:
    if not record["template"]:
        return record["subject"], record["html"]
    template = _template(database, record["template"]) or {}
    values = record["values"]
    subject = record["subject"] or str(template.get("subject") or "")
    line = filled_line(subject, values, most=MOST_OF_A_SUBJECT)
    return line, filled(str(template.get("html") or ""), values, most=settings.MAX_MAIL_BYTES)


def _is_unsubscribed(database: engine.Database, address: str) -> bool:
    """In any case of its letters."""
    own = open_for_service(database.id, actor=ACTOR, collection=UNSUBSCRIBED)
    same = {"$regex": rf"^\s*{re.escape(address)}\s*$", "$options": "i"}
    wanted = engine.Query({"email": same}, limit=1, count=engine.Count.NONE)
    return bool(own.collection(UNSUBSCRIBED).find(wanted).documents)


def _sender(name: str) -> str:
    """The installation's own address, under the name that the mail wants."""
    own, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((name or own, address))


def _one(mail_id: str) -> engine.Query:
    return engine.Query({"_id": mail_id}, limit=1, count=engine.Count.NONE)


def _note(outbound: engine.Collection, mail_id: str, **values: Any) -> None:
    outbound.update(_one(mail_id), engine.Operators(values))
