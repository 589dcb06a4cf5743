"""People of outside identity providers: from a token to a Principal of one database, by its collection `users`.

Who somebody is, and by which roles, is remembered in the process for `CACHE_SECONDS`, as credentials are.
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
from accounts.principal import VERBS, BrowserKeyScope, ExternalIdentity, Principal, Scope
from accounts.ttl_cache import TtlCache
from catalog.models import Database, State
from catalog.naming import is_id, name_fault
from catalog.services.access import entry_of, open_for_service
from identity.services.issuers import checks_of
from identity.verification import TokenVerifier

USERS = "users"
_ACTOR = "outsiders"
_LONGEST_EMAIL = 254
# Databases of one name whose issuers are asked for a token; where there are more, only an id will do.
_MOST_OF_A_NAME = 20
_AT_ONCE = 500
_SEVERAL = "Several databases have this name; use the id of the one that you mean."
_OUTSIDER = re.compile(r"x([0-9a-f]{24})")
_names: TtlCache[tuple[str, ...]] = TtlCache(seconds=settings.CACHE_SECONDS)


@dataclass(frozen=True)
class _Person:
    """What a database knows of an e-mail address; without an id it is nobody's, or not of one person."""

    id: str = ""
    active: bool = False
    roles: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()
    publishes: frozenset[str] = frozenset()


_people: TtlCache[_Person] = TtlCache(seconds=settings.CACHE_SECONDS)


def principal_of_external_user(token: str, database: str, *, anew: bool = False) -> Principal:
    """Whom a token names, in the database of that id or name whose issuers accept the token.

    Raises `Unauthenticated` where none does, alike whether there is such a database or not, and `Forbidden` for
    whoever is no active user there. `anew` looks the person up now.
    """
    accepted = [
        (database_id, check, claims)
        for database_id in _candidates(database)
        if (found := _accepted(token, database_id, anew=anew))
        for check, claims in [found]
    ]
    if not accepted:
        raise engine.Unauthenticated(tokens.REFUSED)
    if len(accepted) > 1:
        raise engine.NotFound(_SEVERAL)
    database_id, check, claims = accepted[0]
    email = _email(claims)
    return _principal(database_id, check, email, _person(database_id, email, anew=anew))


def describe_external_user(principal: Principal) -> dict[str, Any]:
    """The document of `users` that the principal is; raises `Forbidden` for others."""
    if principal.outside is None or principal.scope is None or not principal.scope.databases:
        raise engine.Forbidden("Only people of an outside identity provider have a document of their own.")
    (database_id,) = principal.scope.databases
    query = engine.Query({"_id": principal.outside.person}, limit=1, count=engine.Count.NONE)
    found = open_for_service(database_id, actor=_ACTOR).collection(USERS).find(query).documents
    if not found:
        raise engine.NotFound("The user is gone.")
    return found[0]


def names_of(database: engine.Database, actors: Iterable[str]) -> dict[str, str]:
    """The e-mail addresses of those who made and changed a database's documents, by their short ids."""
    actors = list(actors)
    return accounts.services.addresses(actors) | external_user_names(database, actors)


def actors_of(database: engine.Database, emails: Iterable[str]) -> list[str]:
    """The short ids of whomever these addresses mean there: people of the service, and those in its `users`."""
    wanted = [email for email in emails if "\0" not in email]
    found = accounts.services.actors(wanted)
    inside = open_for_service(database.id, actor=_ACTOR)
    spelled = sorted({*wanted, *map(str.lower, wanted)}) if USERS in inside.specs else []
    for start in range(0, len(spelled), _AT_ONCE):
        query = {"email": {"$in": spelled[start : start + _AT_ONCE]}}
        documents = inside.collection(USERS).find(
            engine.Query(query, fields={"_id": 1}, limit=_AT_ONCE, count=engine.Count.NONE)
        )
        found += [f"x{document['_id']}" for document in documents.documents]
    return found


def external_user_names(database: engine.Database, actors: Iterable[str]) -> dict[str, str]:
    """The addresses of those among short ids who are in the database's `users`, and nowhere else."""
    found: dict[str, str] = {}
    ids = [match[1] for actor in actors if (match := _OUTSIDER.fullmatch(actor))]
    if not ids:
        return found
    inside = open_for_service(database.id, actor=_ACTOR)
    if USERS not in inside.specs:
        return found
    users = inside.collection(USERS)
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        query = engine.Query({"_id": {"$in": part}}, fields={"email": 1}, limit=len(part), count=engine.Count.NONE)
        for document in users.find(query).documents:
            if type(document.get("email")) is str:
                found[f"x{document['_id']}"] = document["email"]
    return found


def _candidates(text: str) -> list[str]:
    if is_id(text) and entry_of(text):
        return [text]
    if name_fault(text):
        return []
    found = _names.get(text, load=partial(_ids_of_name, text)) or ()
    return [] if len(found) > _MOST_OF_A_NAME else [*found]


def _ids_of_name(name: str) -> tuple[str, ...]:
    rows = Database.objects.filter(name=name.lower(), state=State.READY, issuers__isnull=False)
    return tuple(rows.values_list("public_id", flat=True).distinct()[: _MOST_OF_A_NAME + 1])


def _accepted(token: str, database_id: str, *, anew: bool) -> tuple[TokenVerifier, Mapping[str, Any]] | None:
    for check in checks_of(database_id, anew=anew):
        claims = check.claims(token)
        if claims is not None:
            return check, claims
    return None


def _email(claims: Mapping[str, Any]) -> str:
    email = claims.get("email")
    if type(email) is not str or not 1 <= len(email.strip()) <= _LONGEST_EMAIL or "\0" in email:
        raise engine.Forbidden("The token names no e-mail address.")
    if claims.get("email_verified", True) not in (True, "true"):
        raise engine.Forbidden("The e-mail address of the token is not verified.")
    # Letters beyond ASCII may have the same lower case as others, and be somebody else's mailbox.
    return email.strip().lower() if email.isascii() else email.strip()


def _principal(database_id: str, check: TokenVerifier, email: str, person: _Person) -> Principal:
    entry = entry_of(database_id)
    if not person.id or entry is None:
        raise engine.Forbidden(f"{email} is no user of this database.")
    if not person.active:
        raise engine.Forbidden(f"{email} is no active user of this database.")
    roles = tuple(check.roles[role] for role in person.roles if role in check.roles)
    return Principal(
        actor=f"x{person.id}",
        user_id=0,
        email=email,
        verified=True,
        teams={},
        home_team=entry.team,
        scope=Scope(
            actions=engine.DOCUMENT_ACTIONS,
            databases=frozenset({database_id}),
            web=BrowserKeyScope(origins=("*",), verbs=frozenset(VERBS), realtime=person.hears),
            outside=ExternalIdentity(person.id, roles, check.private, person.publishes),
        ),
    )


def _person(database_id: str, email: str, *, anew: bool) -> _Person:
    place = f"{database_id} {email}"
    if anew:
        _people.forget(place)
    return _people.get(place, load=partial(_load, database_id, email)) or _Person()


def _load(database_id: str, email: str) -> _Person:
    database = open_for_service(database_id, actor=_ACTOR, collection=USERS)
    if USERS not in database.specs:
        return _Person()
    users = database.collection(USERS)
    # Always in any case: users whose addresses differ by case alone are ambiguous, however the token spells it.
    pattern = f"^{re.escape(email)}$"
    if email.isascii() and len(pattern) <= settings.MAX_REGEX_LENGTH:
        similar = _matching(users, {"email": {"$regex": pattern, "$options": "i"}})
        found = [document for document in similar if str(document["email"]).isascii()]
    else:
        found = _matching(users, {"email": email})
    return _Person() if len(found) != 1 else _person_of(found[0])


def _matching(users: engine.Collection, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    query = engine.Query(wanted, limit=2, count=engine.Count.NONE)
    return users.find(query).documents


def _person_of(document: Mapping[str, Any]) -> _Person:
    realtime = document.get("realtime")
    realtime = realtime if isinstance(realtime, Mapping) else {}
    return _Person(
        id=str(document["_id"]),
        active=document.get("active", True) is True,
        roles=_texts(document.get("roles")),
        hears=_texts(realtime.get("sub")),
        publishes=frozenset(_texts(realtime.get("pub"))),
    )


def _texts(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(item for item in items if type(item) is str)
