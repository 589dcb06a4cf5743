"""Users of external identity providers: resolves a token to a Principal of one database by its `users` collection.

Users and their roles are cached in the process for CACHE_SECONDS, as credentials are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings

import accounts.services
import engine
from accounts import tokens
from accounts.principal import VERBS, BrowserKeyScope, ExternalUserPrincipal, Principal
from accounts.restrictions.limits import request_limits
from accounts.ttl_cache import TtlCache
from catalog.models import Database, State
from catalog.naming import is_id, name_error
from catalog.services.access import entry_of, open_for_service
from engine.suspension import blocking
from identity.services.issuers import verifiers_of
from identity.verification import TokenVerifier

USERS = "users"
_ACTOR = "external_users"
_MAX_EMAIL_LENGTH = 254
# Maximum number of databases of one name whose issuers are tried; with more, only an id is accepted.
_MAX_SAME_NAME = 20
_BATCH_SIZE = 500
_SEVERAL = "Several databases have this name; use the id of the one that you mean."
_ACTOR_ID = re.compile(r"x([0-9a-f]{24})")
_names: TtlCache[tuple[str, ...]] = TtlCache(seconds=settings.CACHE_SECONDS)


@dataclass(frozen=True)
class _Person:
    """The user with an e-mail address in a database. Without an id: unknown or ambiguous."""

    id: str = ""
    active: bool = False
    roles: tuple[str, ...] = ()
    subscribes: tuple[str, ...] = ()
    publishes: frozenset[str] = frozenset()


_people: TtlCache[_Person] = TtlCache(seconds=settings.CACHE_SECONDS)


@blocking
def principal_of_external_user(token: str, database: str, *, refresh: bool = False) -> ExternalUserPrincipal:
    """Return the principal of a token in the database with this id or name whose issuers accept it.

    Raises `Unauthenticated` if none does or the database does not exist, and `Forbidden` unless the token names an
    active user. `refresh` bypasses the cache.
    """
    accepted = [
        (database_id, verifier, claims)
        for database_id in _candidates(database)
        if (match := _accepted(token, database_id, refresh=refresh))
        for verifier, claims in [match]
    ]
    if not accepted:
        raise engine.Unauthenticated(tokens.REFUSED)
    if len(accepted) > 1:
        raise engine.NotFound(_SEVERAL)
    database_id, verifier, claims = accepted[0]
    email = _email(claims)
    return _principal(database_id, verifier, email, _person(database_id, email, refresh=refresh))


def describe_external_user(principal: Principal) -> dict[str, Any]:
    """Return the principal's document in `users`. Raises `Forbidden` unless it is an external user."""
    if not isinstance(principal, ExternalUserPrincipal):
        raise engine.Forbidden("Only users of an external identity provider have a document in users.")
    query = engine.Query({"_id": principal.document_id}, limit=1, count=engine.Count.NONE)
    documents = open_for_service(principal.database_id, actor=_ACTOR).collection(USERS).find(query).documents
    if not documents:
        raise engine.NotFound("The user has been deleted.")
    return documents[0]


def names_of(database: engine.Database, actors: Iterable[str]) -> dict[str, str]:
    """Return the e-mail addresses of the users who changed a database's documents, by actor id."""
    actors = list(actors)
    return accounts.services.people.addresses(actors) | external_user_names(database, actors)


def actors_of(database: engine.Database, emails: Iterable[str]) -> list[str]:
    """Return the actor ids of e-mail addresses: users of the service and documents in the database's `users`."""
    addresses = [email for email in emails if "\0" not in email]
    actors = accounts.services.people.actors(addresses)
    handle = open_for_service(database.id, actor=_ACTOR)
    spellings = sorted({*addresses, *map(str.lower, addresses)}) if USERS in handle.specs else []
    for start in range(0, len(spellings), _BATCH_SIZE):
        query = {"email": {"$in": spellings[start : start + _BATCH_SIZE]}}
        documents = handle.collection(USERS).find(
            engine.Query(query, fields={"_id": 1}, limit=_BATCH_SIZE, count=engine.Count.NONE)
        )
        actors += [f"x{document['_id']}" for document in documents.documents]
    return actors


def external_user_names(database: engine.Database, actors: Iterable[str]) -> dict[str, str]:
    """Return the e-mail addresses of the actors that are in the database's `users`, by actor id."""
    names: dict[str, str] = {}
    ids = [match[1] for actor in actors if (match := _ACTOR_ID.fullmatch(actor))]
    if not ids:
        return names
    handle = open_for_service(database.id, actor=_ACTOR)
    if USERS not in handle.specs:
        return names
    users = handle.collection(USERS)
    for start in range(0, len(ids), _BATCH_SIZE):
        batch = ids[start : start + _BATCH_SIZE]
        query = engine.Query(
            {"_id": {"$in": batch}}, fields={"email": 1}, limit=len(batch), count=engine.Count.NONE
        )
        for document in users.find(query).documents:
            if type(document.get("email")) is str:
                names[f"x{document['_id']}"] = document["email"]
    return names


def _candidates(text: str) -> list[str]:
    if is_id(text) and entry_of(text):
        return [text]
    if name_error(text):
        return []
    ids = _names.get(text, load=partial(_ids_of_name, text)) or ()
    return [] if len(ids) > _MAX_SAME_NAME else [*ids]


def _ids_of_name(name: str) -> tuple[str, ...]:
    rows = Database.objects.filter(name=name.lower(), state=State.READY, issuers__isnull=False)
    return tuple(rows.values_list("public_id", flat=True).distinct()[: _MAX_SAME_NAME + 1])


def _accepted(token: str, database_id: str, *, refresh: bool) -> tuple[TokenVerifier, Mapping[str, Any]] | None:
    for verifier in verifiers_of(database_id, refresh=refresh):
        claims = verifier.claims(token)
        if claims is not None:
            return verifier, claims
    return None


def _email(claims: Mapping[str, Any]) -> str:
    email = claims.get("email")
    if type(email) is not str or not 1 <= len(email.strip()) <= _MAX_EMAIL_LENGTH or "\0" in email:
        raise engine.Forbidden("The token has no e-mail address (`email`).")
    verified = claims.get("email_verified", True)
    if verified is not True and verified != "true":
        raise engine.Forbidden("The e-mail address of the token is not verified.")
    # Non-ASCII letters may share their lower case with others, and so name another mailbox.
    return email.strip().lower() if email.isascii() else email.strip()


def _principal(database_id: str, verifier: TokenVerifier, email: str, person: _Person) -> ExternalUserPrincipal:
    entry = entry_of(database_id)
    if not person.id or entry is None:
        raise engine.Forbidden(f"{email} is not a user of this database.")
    if not person.active:
        raise engine.Forbidden(f"{email} is not an active user of this database.")
    roles = tuple(verifier.roles[role] for role in person.roles if role in verifier.roles)
    return ExternalUserPrincipal(
        actor=f"x{person.id}",
        home_team=entry.team,
        request_limits=request_limits(entry.team, entry.quota.limits),
        email=email,
        database_id=database_id,
        document_id=person.id,
        browser_scope=BrowserKeyScope(origins=("*",), verbs=frozenset(VERBS), realtime=person.subscribes),
        roles=roles,
        private=verifier.private,
        publishes=person.publishes,
    )


def _person(database_id: str, email: str, *, refresh: bool) -> _Person:
    cache_key = f"{database_id} {email}"
    if refresh:
        _people.invalidate(cache_key)
    return _people.get(cache_key, load=partial(_load, database_id, email)) or _Person()


def _load(database_id: str, email: str) -> _Person:
    database = open_for_service(database_id, actor=_ACTOR, collection=USERS)
    if USERS not in database.specs:
        return _Person()
    users = database.collection(USERS)
    # Ignore the case: users whose addresses differ only by case are ambiguous.
    pattern = f"^{re.escape(email)}$"
    if email.isascii() and len(pattern) <= settings.MAX_REGEX_LENGTH:
        similar = _matching(users, {"email": {"$regex": pattern, "$options": "i"}})
        documents = [document for document in similar if str(document["email"]).isascii()]
    else:
        documents = _matching(users, {"email": email})
    return _Person() if len(documents) != 1 else _person_of(documents[0])


def _matching(users: engine.Collection, filters: Mapping[str, Any]) -> list[dict[str, Any]]:
    query = engine.Query(filters, limit=2, count=engine.Count.NONE)
    return users.find(query).documents


def _person_of(document: Mapping[str, Any]) -> _Person:
    realtime = document.get("realtime")
    realtime = realtime if isinstance(realtime, Mapping) else {}
    return _Person(
        id=str(document["_id"]),
        active=document.get("active", True) is True,
        roles=_texts(document.get("roles")),
        subscribes=_texts(realtime.get("sub")),
        publishes=frozenset(_texts(realtime.get("pub"))),
    )


def _texts(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(item for item in items if type(item) is str)
