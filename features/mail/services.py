"""Mails of a database: recorded in one of its collections, then sent in the background."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable, Mapping, Sequence
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

import engine
from accounts.principal import Principal
from catalog.services.access import open_database, open_for_service
from catalog.services.creation import ensure_collections
from engine.errors import invalid
from engine.update import Operators
from features.mail.messages import MAX_SUBJECT_LENGTH, MailMessage, parse_messages, to_documents
from features.mail.templates import as_text, render, render_line

OUTBOUND, UNSUBSCRIBED, TEMPLATES = "email_outbound", "email_unsubscribed", "email_templates"
ACTOR = "mail"
_FINAL_STATUSES = ("sent", "failed", "unsubscribed")
_TEXT = {"type": "string"}
COLLECTIONS: Sequence[Mapping[str, Any]] = [
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
    """Record new mails, all or none, and return the ids of their records. They are not sent yet.

    `admit` is called with their number once they are valid, and may raise to refuse them.
    """
    database = open_database(principal, database_id, surface=surface)
    database.require(engine.Action.INSERT)
    messages = parse_messages(raw)
    ensure_collections(database, COLLECTIONS)
    database = open_database(principal, database_id, collection=OUTBOUND, surface=surface)
    _check_templates(database, messages)
    outbound = database.collection(OUTBOUND)
    try:
        outbound.prepare_new(to_documents(messages))
    except engine.Invalid as error:
        raise invalid([_of_message(issue, messages) for issue in error.errors]) from error
    admit(len(messages))
    return [str(mail_id) for mail_id in outbound.insert(to_documents(messages))]


def _of_message(issue: engine.FieldError, messages: Sequence[MailMessage]) -> engine.FieldError:
    """Return an error of a record under the name in the mail: `values` was sent as `html`."""
    path = re.sub(r"^values\b", "html", issue.field)
    return engine.FieldError(path, issue.message, messages[issue.index or 0].index)


def _check_templates(database: engine.Database, messages: Sequence[MailMessage]) -> None:
    templates = {
        message.template: _template(database, message.template) for message in messages if message.template
    }
    errors = [
        engine.FieldError("template", f"There is no template {message.template!r}.", message.index)
        for message in messages
        if message.template and templates[message.template] is None
    ]
    if errors:
        raise invalid(errors)


def _template(database: engine.Database, name: str) -> dict[str, Any] | None:
    """Return a template, read with the service's own rights: every sender may use every template."""
    own = open_for_service(database.id, actor=ACTOR, collection=TEMPLATES)
    page = own.collection(TEMPLATES).find(engine.Query({"name": name}, limit=1, count=engine.Count.NONE))
    return page.documents[0] if page.documents else None


def send(database_id: str, mail_id: str) -> None:
    """Send a mail unless that is done. Raises `OSError` if the mail server does not accept it now."""
    database = open_for_service(database_id, actor=ACTOR, collection=OUTBOUND)
    outbound = database.collection(OUTBOUND)
    records = outbound.find(_one(mail_id)).documents
    if not records or records[0]["status"] in _FINAL_STATUSES:
        return
    record = records[0]
    if _is_unsubscribed(database, record["to"]):
        _set_fields(outbound, mail_id, status="unsubscribed")
        return
    sender = _sender(record["sendername"])
    try:
        subject, markup = _content(database, record)
        mail = EmailMultiAlternatives(subject, as_text(markup), sender, [record["to"]])
        mail.attach_alternative(markup, "text/html")
        mail.send()
    except engine.TooLarge as error:
        _set_fields(outbound, mail_id, status="failed", reason=error.message)
        return
    except smtplib.SMTPRecipientsRefused:
        _set_fields(outbound, mail_id, status="failed", reason="The mail server refuses the address.")
        return
    except ValueError:
        _set_fields(outbound, mail_id, status="failed", reason="The mail is not valid.")
        return
    except OSError:
        _set_fields(outbound, mail_id, attempts=record["attempts"] + 1)
        raise
    _set_fields(outbound, mail_id, **{"status": "sent", "from": sender, "attempts": record["attempts"] + 1})


def give_up(database_id: str, mail_id: str) -> None:
    """Record a mail as failed after the last attempt."""
    database = open_for_service(database_id, actor=ACTOR, collection=OUTBOUND)
    outbound = database.collection(OUTBOUND)
    _set_fields(outbound, mail_id, status="failed", reason="The mail server did not accept the mail.")


def _content(database: engine.Database, record: dict[str, Any]) -> tuple[str, str]:
    if not record["template"]:
        return record["subject"], record["html"]
    template = _template(database, record["template"]) or {}
    values = record["values"]
    subject = record["subject"] or str(template.get("subject") or "")
    line = render_line(subject, values, max_bytes=MAX_SUBJECT_LENGTH)
    return line, render(str(template.get("html") or ""), values, max_bytes=settings.MAX_MAIL_BYTES)


def _is_unsubscribed(database: engine.Database, address: str) -> bool:
    """Check whether an address has opted out, regardless of case."""
    own = open_for_service(database.id, actor=ACTOR, collection=UNSUBSCRIBED)
    same = {"$regex": rf"^\s*{re.escape(address)}\s*$", "$options": "i"}
    query = engine.Query({"email": same}, limit=1, count=engine.Count.NONE)
    return bool(own.collection(UNSUBSCRIBED).find(query).documents)


def _sender(name: str) -> str:
    """Return the installation's address with the name that the mail requests."""
    own, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((name or own, address))


def _one(mail_id: str) -> engine.Query:
    return engine.Query({"_id": mail_id}, limit=1, count=engine.Count.NONE)


def _set_fields(outbound: engine.Collection, mail_id: str, **values: Any) -> None:
    outbound.update(_one(mail_id), Operators(values))
