"""Mail data that a database stores, for its administrators: templates, opt-outs and the latest mails."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

import engine
from accounts.principal import Principal
from catalog.services.access import open_database
from catalog.services.creation import ensure_collections
from engine.errors import invalid
from features.mail.messages import MAX_SUBJECT_LENGTH
from features.mail.services import COLLECTIONS, OUTBOUND, TEMPLATES, UNSUBSCRIBED
from features.mail.templates import render, render_line

MAX_LISTED = 200
_MAX_NAME = 200
_OBJECT_ID = re.compile(r"[0-9a-f]{24}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class Template:
    """A stored template; `version` is that of its document."""

    id: str
    name: str
    subject: str
    html: str
    version: int
    changed_at: datetime


@dataclass(frozen=True)
class Store:
    """The mail collections of a database for one caller. Needs the same permissions as documents."""

    principal: Principal
    database_id: str
    surface: str

    def templates(self) -> list[Template]:
        """Return the templates by name, at most `MAX_LISTED`."""
        return [_template(document) for document in self._documents(TEMPLATES, sort="name", limit=MAX_LISTED)]

    def template(self, template_id: str) -> Template:
        """Return a template; raises `NotFound`."""
        return _template(self._one(TEMPLATES, template_id))

    def add_template(self, *, name: str, subject: str, html: str) -> str:
        """Store a new template and return its id."""
        values = _checked(name, subject, html)
        (template_id,) = self._create(TEMPLATES).insert([values])
        return str(template_id)

    def change_template(self, template_id: str, *, name: str, subject: str, html: str, version: int) -> None:
        """Change a template if it still has this version; raises `Outdated` otherwise."""
        values = _checked(name, subject, html)
        query = engine.Query({"_id": self.template(template_id).id})
        update = engine.Update(
            query, engine.Change(values, root=""), precondition=engine.Precondition(version=version)
        )
        if not self._collection(TEMPLATES).write(update).count:
            raise engine.NotFound("Template not found.")

    def delete_template(self, template_id: str) -> None:
        """Delete a template; raises `NotFound`."""
        self._delete(TEMPLATES, template_id, "Template not found.")

    def opt_outs(self) -> list[dict[str, Any]]:
        """Return the latest addresses that get no mail, as `{id, email}`, at most `MAX_LISTED`."""
        documents = self._documents(UNSUBSCRIBED, sort="", limit=MAX_LISTED)
        return [{"id": str(document["_id"]), "email": str(document.get("email", ""))} for document in documents]

    def add_opt_out(self, email: str) -> None:
        """Store an address that gets no mail; raises `Invalid`."""
        address = email.strip()
        if not 3 <= len(address) <= 254 or "@" not in address or _CONTROL.search(address):
            raise engine.Invalid.of_field("email", "Must be one e-mail address.")
        self._create(UNSUBSCRIBED).insert([{"email": address}])

    def remove_opt_out(self, opt_out_id: str) -> None:
        """Delete an opt-out; raises `NotFound`."""
        self._delete(UNSUBSCRIBED, opt_out_id, "Opt-out not found.")

    def latest_mails(self, *, limit: int) -> list[dict[str, Any]]:
        """Return the latest records of mails, the newest first."""
        return self._documents(OUTBOUND, sort="", limit=limit)

    def counts(self) -> dict[str, int]:
        """Return the number of mails in each status."""
        if not self._has(OUTBOUND):
            return {}
        groups = self._collection(OUTBOUND).aggregate([{"$group": {"_id": "$status", "number": {"$sum": 1}}}])
        return {str(group["_id"]): group["number"] for group in groups}

    def _open(self, collection: str) -> engine.Database:
        return open_database(self.principal, self.database_id, collection=collection, surface=self.surface)

    def _has(self, name: str) -> bool:
        return name in self._open(name).specs

    def _collection(self, name: str) -> engine.Collection:
        return self._open(name).collection(name)

    def _create(self, name: str) -> engine.Collection:
        """Return a collection and create it if it is missing. Needs the permission `insert`."""
        database = self._open(name)
        database.require(engine.Action.INSERT)
        ensure_collections(database, [item for item in COLLECTIONS if item["name"] == name])
        return self._collection(name)

    def _documents(self, name: str, *, sort: str, limit: int) -> list[dict[str, Any]]:
        """Return documents sorted by a field, or the newest first; none if the collection is missing."""
        if not self._has(name):
            return []
        order = ((sort, 1),) if sort else (("_id", -1),)
        return self._collection(name).find(engine.Query(sort=order, limit=limit, count=engine.Count.NONE)).documents

    def _one(self, name: str, document_id: str) -> dict[str, Any]:
        documents: Sequence[dict[str, Any]] = ()
        if _OBJECT_ID.fullmatch(document_id) and self._has(name):
            query = engine.Query({"_id": document_id}, limit=1, count=engine.Count.NONE)
            documents = self._collection(name).find(query).documents
        if not documents:
            raise engine.NotFound("Template not found.")
        return documents[0]

    def _delete(self, name: str, document_id: str, missing: str) -> None:
        query = engine.Query({"_id": document_id})
        is_id = _OBJECT_ID.fullmatch(document_id) is not None
        if not is_id or not self._has(name) or not self._collection(name).delete(query):
            raise engine.NotFound(missing)


def preview(subject: str, html: str, values: Mapping[str, Any]) -> tuple[str, str]:
    """Return subject and HTML with the values filled in, as a mail would have them."""
    return (
        render_line(subject, values, max_bytes=MAX_SUBJECT_LENGTH),
        render(html, values, max_bytes=settings.MAX_MAIL_BYTES),
    )


def _checked(name: str, subject: str, html: str) -> dict[str, str]:
    """Return the members of a template; raises `Invalid` with all errors."""
    is_blank = not name.strip()
    errors = [engine.FieldError("name", "This field is required.")] if is_blank else []
    errors += [
        engine.FieldError(field, f"Must be one line of text of at most {max_length} characters.")
        for field, text, max_length in (("name", name, _MAX_NAME), ("subject", subject, MAX_SUBJECT_LENGTH))
        if (len(text) > max_length or _CONTROL.search(text)) and not (field == "name" and is_blank)
    ]
    if len(html.encode(errors="replace")) > settings.MAX_MAIL_BYTES:
        errors.append(
            engine.FieldError("html", f"May have at most {settings.MAX_MAIL_BYTES} bytes (MAX_MAIL_BYTES).")
        )
    if errors:
        raise invalid(errors)
    return {"name": name.strip(), "subject": subject, "html": html}


def _template(document: Mapping[str, Any]) -> Template:
    """Convert a document to a template. Members that are not text count as empty."""
    texts = {
        name: value if isinstance(value := document.get(name), str) else "" for name in ("name", "subject", "html")
    }
    system = document["_sys"]
    return Template(str(document["_id"]), **texts, version=system["version"], changed_at=system["updated"])
