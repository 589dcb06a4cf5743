"""The identity providers of a database: declared, listed, changed and dropped by its owner."""

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
from catalog.definitions import no_collection
from catalog.models import Database, State
from catalog.naming import new_id
from catalog.services.access import NOT_FOUND, lock_database, open_database
from identity import encryption, verification
from identity.models import Issuer
from identity.verification import TokenVerifier

log = logging.getLogger("datacube.catalog")
_MISSING = "There is no such issuer."
_UNREADABLE_KEY = "The key cannot be decrypted: SECRET_KEY was changed. Enter the key again."
_KEPT = ("name", "algorithm", "issuer", "audience", "roles", "private")
_checks: TtlCache[tuple[TokenVerifier, ...]] = TtlCache(seconds=settings.CACHE_SECONDS)


@dataclass(frozen=True)
class Provider:
    """An issuer as its owner sees it; `public_key` is what RS256 is checked with, a secret is never shown."""

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
    return [_provider(row) for row in _own(principal, database_id).issuers.order_by("pk")]


def add_issuer(principal: Principal, database_id: str, *, wanted: Mapping[str, Any]) -> Provider:
    """`{name, algorithm, key, issuer?, audience?, roles?, private?}`; `Invalid` names every fault, `TooLarge` at
    MAX_ISSUERS.
    """
    database = _own(principal, database_id)
    found, faults = verification.parse(wanted, before={})
    faults += _unknown(database, found.get("private", ()))
    if faults:
        raise engine.invalid(faults)
    with transaction.atomic():
        lock_database(database.public_id)  # that two at once do not both find room
        if database.issuers.count() >= settings.MAX_ISSUERS:
            raise engine.TooLarge(f"A database has at most {settings.MAX_ISSUERS} issuers (MAX_ISSUERS).")
        kept = {**found, "key": encryption.encrypt(found["key"])}
        row = Issuer.objects.create(database=database, public_id=new_id(), **kept)
    _checks.forget(database.public_id)
    return _provider(row)


def change_issuer(principal: Principal, database_id: str, issuer_id: str, *, wanted: Mapping[str, Any]) -> Provider:
    """Sets the members that are named; the others, and the key, stay what they are."""
    database = _own(principal, database_id)
    with transaction.atomic():
        # That of two changes at once each is made to what the other left, and that what is dropped stays so.
        row = _row(database, issuer_id)
        found, faults = verification.parse(wanted, before={name: getattr(row, name) for name in _KEPT})
        faults += _unknown(database, found["private"]) if "private" in wanted else []
        if faults:
            raise engine.invalid(faults)
        for name in _KEPT:
            setattr(row, name, found[name])
        if found["key"] is not None:
            row.key = encryption.encrypt(found["key"])
        row.save()
    _checks.forget(database_id)
    return _provider(row)


def drop_issuer(principal: Principal, database_id: str, issuer_id: str) -> None:
    """Its tokens are refused from now on, everywhere within CACHE_SECONDS."""
    database = _own(principal, database_id)
    with transaction.atomic():
        _row(database, issuer_id).delete()
    _checks.forget(database_id)


def checks_of(database_id: str, *, anew: bool = False) -> tuple[TokenVerifier, ...]:
    """What the issuers of a database ask of tokens, as it was CACHE_SECONDS ago at most."""
    if anew:
        _checks.forget(database_id)
    return _checks.get(database_id, load=partial(_load, database_id)) or ()


def _load(database_id: str) -> tuple[TokenVerifier, ...]:
    rows = Issuer.objects.filter(database__public_id=database_id, database__state=State.READY).order_by("pk")
    return tuple(check for row in rows if (check := _check(row)))


def _check(row: Issuer) -> TokenVerifier | None:
    """Return how tokens of an issuer are checked; None where its key cannot be decrypted."""
    key = encryption.decrypt(row.key)
    if key is None:
        log.warning("the key of issuer %s cannot be read: was SECRET_KEY changed?", row.public_id)
        return None
    return TokenVerifier(
        row.algorithm, key, row.issuer, row.audience, verification.actions_of(row.roles), frozenset(row.private)
    )


def refusals(principal: Principal, database_id: str, token: str) -> list[tuple[str, str]]:
    """Return for each issuer its name and why it does not accept a token; an empty text where it accepts it."""
    rows = _own(principal, database_id).issuers.order_by("pk")
    checks = [(row.name, _check(row)) for row in rows]
    return [(name, check.refusal(token) if check else _UNREADABLE_KEY) for name, check in checks]


def _own(principal: Principal, database_id: str) -> Database:
    database = open_database(principal, database_id)
    database.require(engine.Action.DESIGN)
    database.require(engine.Action.OWN)
    row = Database.objects.filter(public_id=database.id, state=State.READY).first()
    if row is None:
        raise engine.NotFound(NOT_FOUND)
    return row


def _unknown(database: Database, names: Iterable[str]) -> list[engine.FieldError]:
    """A name that is mistyped would leave open what is meant to be private."""
    there = set(database.collections.filter(state=State.READY).values_list("name", flat=True))
    unknown = [name for name in names if name not in {*there, *NAMED_ALONE, verification.EVERY}]
    return [engine.FieldError("private", no_collection(name)) for name in unknown]


def _row(database: Database, issuer_id: str) -> Issuer:
    """Held until the end of the transaction."""
    row = database.issuers.select_for_update().filter(public_id=issuer_id).first()
    if row is None:
        raise engine.NotFound(_MISSING)
    return row


def _provider(row: Issuer) -> Provider:
    shown = {name: getattr(row, name) for name in (*_KEPT, "created_at", "changed_at")}
    key = encryption.decrypt(row.key) if row.algorithm == "RS256" else None
    return Provider(id=row.public_id, public_key=key, **shown)
