"""Identity providers of a database: declare, list, change and drop."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

import engine
from accounts.principal import NAMED_ALONE, Principal
from accounts.ttl_cache import TtlCache
from audit import services as audit
from catalog.definitions import no_collection
from catalog.models import Database, State
from catalog.naming import new_id
from catalog.services.access import NOT_FOUND, lock_database, open_database
from engine.errors import invalid
from identity import verification
from identity.encryption import ISSUER_KEYS
from identity.models import Issuer
from identity.verification import TokenVerifier

log = logging.getLogger("datacube.catalog")
_NOT_FOUND = "Issuer not found."
_UNREADABLE_KEY = "The key cannot be decrypted: SECRET_KEY was changed. Enter the key again."
_COLUMNS = ("name", "algorithm", "issuer", "audience", "roles", "private")
_verifiers: TtlCache[tuple[TokenVerifier, ...]] = TtlCache(seconds=settings.CACHE_SECONDS)


@dataclass(frozen=True)
class Provider:
    """An issuer as its owner sees it. `public_key` is the RS256 key; secrets are never shown."""

    id: str
    name: str
    algorithm: str
    issuer: str
    audience: str
    roles: Mapping[str, Mapping[str, list[str]]]
    private: list[str]
    created_at: datetime
    changed_at: datetime
    public_key: str | None = field(default=None, repr=False)


def list_issuers(principal: Principal, database_id: str) -> list[Provider]:
    """List the issuers of a database. Needs `design` and `own`."""
    return [_provider(row) for row in _own(principal, database_id).issuers.order_by("pk")]


def add_issuer(principal: Principal, database_id: str, *, definition: Mapping[str, Any]) -> Provider:
    """Declare `{name, algorithm, key, issuer?, audience?, roles?, private?}`.

    Raises `Invalid` with every error, and `TooLarge` at MAX_ISSUERS.
    """
    database = _own(principal, database_id)
    values, errors = verification.parse(definition, before={})
    errors += _private_errors(database, values.get("private", ()))
    if errors:
        raise invalid(errors)
    with transaction.atomic():
        lock_database(database.public_id)  # so that concurrent calls cannot exceed the limit
        if database.issuers.count() >= settings.MAX_ISSUERS:
            raise engine.TooLarge(f"A database has at most {settings.MAX_ISSUERS} issuers (MAX_ISSUERS).")
        columns = {**values, "key": ISSUER_KEYS.encrypt(values["key"])}
        row = Issuer.objects.create(database=database, public_id=new_id(), **columns)
        _audit("issuer.create", principal, database, row)
    _verifiers.invalidate(database.public_id)
    return _provider(row)


def change_issuer(
    principal: Principal, database_id: str, issuer_id: str, *, changes: Mapping[str, Any]
) -> Provider:
    """Change the given members; the others, and the key unless given, stay. Raises `Invalid` and `NotFound`."""
    database = _own(principal, database_id)
    with transaction.atomic():
        # The lock serializes concurrent changes, and keeps a dropped issuer dropped.
        row = _row(database, issuer_id)
        values, errors = verification.parse(changes, before={name: getattr(row, name) for name in _COLUMNS})
        errors += _private_errors(database, values["private"]) if "private" in changes else []
        if errors:
            raise invalid(errors)
        for name in _COLUMNS:
            setattr(row, name, values[name])
        if values["key"] is not None:
            row.key = ISSUER_KEYS.encrypt(values["key"])
        row.save()
        _audit("issuer.change", principal, database, row)
    _verifiers.invalidate(database_id)
    return _provider(row)


def drop_issuer(principal: Principal, database_id: str, issuer_id: str) -> None:
    """Drop an issuer. All processes refuse its tokens within CACHE_SECONDS."""
    database = _own(principal, database_id)
    with transaction.atomic():
        row = _row(database, issuer_id)
        _audit("issuer.drop", principal, database, row)
        row.delete()
    _verifiers.invalidate(database_id)


def _audit(action: str, principal: Principal, database: Database, row: Issuer) -> None:
    audit.record(action, actor=principal.actor, team=database.team_id, target=row.name, database=database.public_id)


def rename_collection(database_id: str, name: str, *, to: str) -> None:
    """Let roles and private collections of a renamed collection count for both names; see COLLECTION_RENAMED.

    Processes know it by the previous name until their caches expire, and it must be private there too.
    """
    for row in Issuer.objects.select_for_update().filter(database__public_id=database_id):
        row.roles = {
            role: {**verbs, to: verbs[name]} if name in verbs else verbs for role, verbs in row.roles.items()
        }
        row.private = [*row.private, to] if name in row.private else row.private
        row.save(update_fields=["roles", "private", "changed_at"])
    _verifiers.invalidate(database_id)


def forget_collection(database_id: str, name: str) -> None:
    """Remove the previous name of a renamed collection; see COLLECTION_FORGOTTEN."""
    with transaction.atomic():
        for row in Issuer.objects.select_for_update().filter(database__public_id=database_id):
            row.roles = {
                role: {key: verbs for key, verbs in allowed.items() if key != name}
                for role, allowed in row.roles.items()
            }
            row.private = [item for item in row.private if item != name]
            row.save(update_fields=["roles", "private", "changed_at"])
    _verifiers.invalidate(database_id)


def verifiers_of(database_id: str, *, refresh: bool = False) -> tuple[TokenVerifier, ...]:
    """Return the verifiers of a database's issuers, cached for CACHE_SECONDS. `refresh` bypasses the cache."""
    if refresh:
        _verifiers.invalidate(database_id)
    return _verifiers.get(database_id, load=partial(_load, database_id)) or ()


def _load(database_id: str) -> tuple[TokenVerifier, ...]:
    rows = Issuer.objects.filter(database__public_id=database_id, database__state=State.READY).order_by("pk")
    return tuple(verifier for row in rows if (verifier := _verifier(row)))


def _verifier(row: Issuer) -> TokenVerifier | None:
    """Return the verifier of an issuer's tokens; None if its key cannot be decrypted."""
    key = ISSUER_KEYS.decrypt(row.key)
    if key is None:
        log.warning("the key of issuer %s cannot be read: was SECRET_KEY changed?", row.public_id)
        return None
    return TokenVerifier(
        row.algorithm, key, row.issuer, row.audience, verification.actions_of(row.roles), frozenset(row.private)
    )


def refusals(principal: Principal, database_id: str, token: str) -> list[tuple[str, str]]:
    """Return each issuer's name and why it refuses a token; the reason is empty if it accepts the token."""
    rows = _own(principal, database_id).issuers.order_by("pk")
    verifiers = [(row.name, _verifier(row)) for row in rows]
    return [(name, verifier.refusal(token) if verifier else _UNREADABLE_KEY) for name, verifier in verifiers]


def _own(principal: Principal, database_id: str) -> Database:
    database = open_database(principal, database_id)
    database.require(engine.Action.DESIGN)
    database.require(engine.Action.OWN)
    row = Database.objects.filter(public_id=database.id, state=State.READY).first()
    if row is None:
        raise engine.NotFound(NOT_FOUND)
    return row


def _private_errors(database: Database, names: Iterable[str]) -> list[engine.FieldError]:
    """Return errors for unknown collections: a typo would leave a collection open that is meant to be private."""
    existing = set(database.collections.filter(state=State.READY).values_list("name", flat=True))
    unknown = [name for name in names if name not in {*existing, *NAMED_ALONE, verification.EVERY}]
    return [engine.FieldError("private", no_collection(name)) for name in unknown]


def _row(database: Database, issuer_id: str) -> Issuer:
    """Return an issuer's row, locked until the transaction ends. Raises `NotFound`."""
    row = database.issuers.select_for_update().filter(public_id=issuer_id).first()
    if row is None:
        raise engine.NotFound(_NOT_FOUND)
    return row


def _provider(row: Issuer) -> Provider:
    values = {name: getattr(row, name) for name in (*_COLUMNS, "created_at", "changed_at")}
    key = ISSUER_KEYS.decrypt(row.key) if row.algorithm == "RS256" else None
    return Provider(id=row.public_id, public_key=key, **values)
