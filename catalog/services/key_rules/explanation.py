"""Explains whether a key may do something, and by which rule."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bson import ObjectId
from django.utils import timezone

import engine
from accounts.principal import ROLES, AccountPrincipal
from accounts.services.scoping.inspection import InspectedKey, inspect_key
from catalog.services.access import entry_of, open_database

RULES = ("revoked", "expired", "owner", "database", "role", "action", "collection", "row_filter", "document")


@dataclass(frozen=True)
class KeyExplanation:
    """The answer for one key; `rule` is that which decided, one of RULES."""

    key_id: int
    allowed: bool
    rule: str
    message: str


@dataclass(frozen=True)
class Question:
    """What a key would do: an action in a database, in a collection, or to the document of an id."""

    action: engine.Action
    database_id: str
    collection: str | None = None
    document: str | None = None


class _Denied(Exception):
    """A rule does not allow it."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule, self.message = rule, message


def explain(caller: AccountPrincipal, *, key_id: str | None, question: Question) -> KeyExplanation:
    """Return whether a key, or the calling one, may do something, and by which rule.

    Raises `Forbidden` and `NotFound` for keys of others, see `inspect_key`, and `Invalid` for a document without a
    collection.
    """
    if question.document is not None and question.collection is None:
        raise engine.Invalid.of_field("collection", "Name the collection of the document.")
    key = inspect_key(caller, key_id)
    try:
        _check_key(key)
        _check_database(key, question)
        rule, message = _check_actions(key, question)
        if question.document is not None:
            rule, message = _check_document(key, question, question.document)
    except _Denied as denied:
        return KeyExplanation(key.id, allowed=False, rule=denied.rule, message=denied.message)
    return KeyExplanation(key.id, allowed=True, rule=rule, message=message)


def _check_key(key: InspectedKey) -> None:
    if key.revoked_at is not None:
        raise _Denied("revoked", "The key was revoked.")
    if key.expires_at is not None and key.expires_at <= timezone.now():
        raise _Denied("expired", "The key has expired.")
    if not key.role:
        raise _Denied("owner", "The user who created the key is not an active member of its team any more.")


def _check_database(key: InspectedKey, question: Question) -> None:
    scope, entry = key.principal.scope, entry_of(question.database_id)
    if not scope.covers(question.database_id):
        raise _Denied("database", "The key does not name this database.")
    if entry is None or entry.team != key.team:
        raise _Denied("database", "The key's team has no such database.")
    if question.action not in ROLES.get(key.role, frozenset()):
        text = f"The role {key.role!r} of the user who created the key does not allow {question.action.value!r}."
        raise _Denied("role", text)


def _check_actions(key: InspectedKey, question: Question) -> tuple[str, str]:
    scope, action, name = key.principal.scope, question.action, question.collection
    if scope.collections is None:
        if action not in scope.actions_in(question.database_id):
            raise _Denied("action", f"The key does not have the action {action.value!r}.")
        if name is not None:
            _spec(key, question)
        return "action", f"The key has the action {action.value!r}, and its owner's role allows it."
    if name is None:
        raise _Denied("collection", "The key is limited to named collections, not to the whole database.")
    access = scope.collections.get(question.database_id, {}).get(name)
    if access is None:
        raise _Denied("collection", f"The key does not name the collection {name!r}.")
    if action not in access.actions:
        raise _Denied("collection", f"The key does not have the action {action.value!r} in {name!r}.")
    _spec(key, question)
    return "collection", f"The key has the action {action.value!r} in {name!r}, and its owner's role allows it."


def _spec(key: InspectedKey, question: Question) -> None:
    database = open_database(key.principal, question.database_id, collection=question.collection)
    if question.collection not in database.specs:
        raise _Denied("collection", f"The database has no collection {question.collection!r}.")


def _check_document(key: InspectedKey, question: Question, document_id: str) -> tuple[str, str]:
    collection = open_database(key.principal, question.database_id).collection(str(question.collection))
    reading = replace(collection, allowed=engine.ALL_ACTIONS)
    filtered = collection.spec.filtered
    query = engine.Query({"_id": document_id}, fields={"_id": 1}, limit=1, count=engine.Count.NONE, root="document")
    if not ObjectId.is_valid(document_id) or not reading.find(query).documents:
        hidden = "The document does not exist, or does not match the row filter of the key."
        raise _Denied(*(("row_filter", hidden) if filtered else ("document", "The document does not exist.")))
    if filtered:
        return "row_filter", "The document matches the row filter of the key."
    return "document", f"The key may do this to every document of {question.collection!r}."
