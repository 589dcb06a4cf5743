"""Resolves credentials to principals; results are cached in the process for CACHE_SECONDS."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import keys, tokens
from accounts.models import ApiKey, Membership, Session, User
from accounts.principal import (
    AccountPrincipal,
    ApiKeyPrincipal,
    BrowserKeyPrincipal,
    BrowserKeyScope,
    PersonPrincipal,
    Scope,
)
from accounts.restrictions.limits import request_limits
from accounts.restrictions.networks import caller_text, check_caller, parsed
from accounts.ttl_cache import TtlCache
from engine import Action, Unauthenticated
from engine.handles import CollectionAccess

log = logging.getLogger("datacube.accounts")
LAST_USED_EVERY = timedelta(minutes=1)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class _Bearer:
    principal: PersonPrincipal
    generation: int


@dataclass(frozen=True)
class _Key:
    principal: ApiKeyPrincipal | BrowserKeyPrincipal
    expires_at: datetime | None


_bearers: TtlCache[_Bearer] = TtlCache(seconds=settings.CACHE_SECONDS)
_keys: TtlCache[_Key] = TtlCache(seconds=settings.CACHE_SECONDS)


def principal_of_token(text: str) -> PersonPrincipal:
    """Return the principal of an access token with a live session. Raises `Unauthenticated`."""
    claims = tokens.read_access(text)
    bearer = _bearers.get(claims.session, load=partial(_load_session, claims.session))
    if bearer is None or (bearer.principal.user_id, bearer.generation) != (claims.user_id, claims.generation):
        raise Unauthenticated(tokens.REFUSED)
    return bearer.principal


def is_foreign(token: str) -> bool:
    """Return whether a bearer token names another issuer. Verifies nothing."""
    return tokens.is_foreign(token)


def principal_of_session(session_id: str) -> PersonPrincipal:
    """Return the principal of a browser session, by the id from `open_browser`. Raises `Unauthenticated`."""
    bearer = _bearers.get(session_id, load=partial(_load_browser, session_id))
    if bearer is None:
        raise Unauthenticated("The session has ended.")
    return bearer.principal


def principal_of_live_session(session_id: str) -> PersonPrincipal | None:
    """Return the principal of a session by its id, which is no secret here; None if the session has ended."""
    bearer = _bearers.get(session_id, load=partial(_load_used_session, session_id))
    return None if bearer is None else bearer.principal


def principal_of_key(text: str, *, refresh: bool = False) -> ApiKeyPrincipal | BrowserKeyPrincipal:
    """Return the principal of an API key or a browser key. Raises `Unauthenticated`, and `Forbidden` for an address
    that the key does not allow.

    `refresh` bypasses the cache (used by long-lived streams).
    """
    public_id = keys.public_id(text)
    if public_id is None:
        raise Unauthenticated("Invalid API Key.")
    digest = keys.digest(text)
    if refresh:
        _keys.invalidate(digest)
    key = _keys.get(digest, load=partial(_load_key, public_id, digest))
    if key is None or (key.expires_at is not None and key.expires_at <= timezone.now()):
        raise Unauthenticated("Invalid API Key.")
    check_caller(key.principal.networks)
    return key.principal


def invalidate_session(session: str) -> None:
    """Remove a session from this process's cache."""
    _bearers.invalidate(session)


def invalidate_key(*digests: str) -> None:
    """Remove the texts of a key from this process's cache."""
    for digest in digests:
        _keys.invalidate(digest)


def invalidate_all() -> None:
    """Clear this process's cache, after a change that affects every credential of a user."""
    _bearers.clear()
    _keys.clear()


def _load_session(session_id: str) -> _Bearer | None:
    live = Session.objects.filter(id=session_id, revoked_at=None, expires_at__gt=timezone.now())
    session = live.filter(user__is_active=True).select_related("user").first()
    if session is None:
        return None
    return _Bearer(_person(session.user, session_id), session.user.generation)


def principal_of_user(user_id: int) -> PersonPrincipal:
    """Return the principal of a user who has proved who they are in this request. It has no session."""
    return _person(User.objects.get(pk=user_id), "")


def with_current_teams(principal: AccountPrincipal) -> AccountPrincipal:
    """Return a person with their present teams, past the cache: a team is used as soon as it exists.

    Other principals are returned unchanged.
    """
    if not isinstance(principal, PersonPrincipal):
        return principal
    roles = Membership.objects.filter(user=principal.user_id).values_list("team_id", "role")
    return replace(principal, teams=dict(roles))


def teams_of_user(user_id: int) -> dict[int, str]:
    """Return the present role of an active user by team; none for a user who does not exist any more."""
    roles = Membership.objects.filter(user=user_id, user__is_active=True).values_list("team_id", "role")
    return dict(roles)


def owners_of_teams(team_ids: Iterable[int]) -> dict[int, int]:
    """Return the id of an owner by team."""
    owners = Membership.objects.filter(team__in=list(team_ids), role=Membership.Role.OWNER).order_by("-pk")
    return dict(owners.values_list("team_id", "user_id"))


def _person(user: User, session_id: str) -> PersonPrincipal:
    memberships = Membership.objects.filter(user=user).select_related("team")
    home = next(item.team for item in memberships if item.team.personal and item.role == Membership.Role.OWNER)
    return PersonPrincipal(
        actor=f"u{user.pk}",
        user_id=user.pk,
        email=user.email,
        verified=user.email_verified_at is not None,
        teams={item.team_id: item.role for item in memberships},
        home_team=home.pk,
        request_limits=request_limits(home.pk, home.limits),
        session=session_id,
    )


def _load_used_session(session_id: str) -> _Bearer | None:
    """Load a session and record its use; its expiry stays."""
    now = timezone.now()
    _record_use(Session.objects.filter(id=session_id, last_used_at__lt=now - LAST_USED_EVERY), last_used_at=now)
    return _load_session(session_id)


def _load_browser(session_id: str) -> _Bearer | None:
    """Load a browser's session and extend its expiry."""
    bearer = _load_session(session_id)
    now = timezone.now()
    stale = Session.objects.filter(id=session_id, current_jti="", last_used_at__lt=now - LAST_USED_EVERY)
    if bearer is not None:
        _record_use(stale, last_used_at=now, expires_at=now + timedelta(days=settings.REFRESH_TOKEN_DAYS))
    return bearer


def _load_key(public_id: str, digest: str) -> _Key | None:
    live = ApiKey.objects.filter(public_id=public_id, revoked_at=None, created_by__is_active=True)
    key = live.select_related("created_by", "team").first()
    if key is None:
        return None
    expiries = (
        [key.expires_at] if hmac.compare_digest(key.digest, digest) else [key.expires_at, _overlap(key, digest)]
    )
    expires_at = min((at for at in expiries if at is not None), default=None)
    if expires_at is not None and expires_at <= timezone.now():
        return None
    role = Membership.objects.filter(user=key.created_by, team=key.team_id).values_list("role", flat=True).first()
    if role is None:
        return None
    _mark_used(key.pk)
    return _Key(principal_of_row(key, role), expires_at)


def _overlap(key: ApiKey, digest: str) -> datetime:
    """Return when the text before the last rotation ends; the beginning of time for any other text."""
    if key.previous_expires_at is None or not hmac.compare_digest(key.previous_digest, digest):
        return _NEVER
    return key.previous_expires_at


def principal_of_row(key: ApiKey, role: str) -> ApiKeyPrincipal | BrowserKeyPrincipal:
    """Return the principal of a key's row, whose owner has a role in its team."""
    kind: Callable[..., ApiKeyPrincipal | BrowserKeyPrincipal] = ApiKeyPrincipal
    if key.web:
        kind = partial(BrowserKeyPrincipal, browser_scope=BrowserKeyScope.of(key.web))
    return kind(
        actor=f"k{key.pk}",
        user_id=key.created_by_id,
        verified=key.created_by.email_verified_at is not None,
        teams={key.team_id: role},
        home_team=key.team_id,
        scope=scope_of(key),
        networks=parsed(key.addresses),
        request_limits=request_limits(
            key.team_id, key.team.limits, key_id=key.pk, rate=key.rate, daily_quota=key.daily_quota
        ),
    )


def scope_of(key: ApiKey) -> Scope:
    """Return the scope of a key's row."""
    if key.collections is not None:
        return Scope.of_collections(collections_of(key.collections))
    if key.grants is not None:
        return Scope.of_grants({name: frozenset(map(Action, actions)) for name, actions in key.grants.items()})
    databases = None if key.databases is None else frozenset(key.databases)
    return Scope(actions=frozenset(Action(name) for name in key.actions), databases=databases)


def collections_of(stored: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, CollectionAccess]]:
    """Restore what a key may do with each collection, by database and name."""
    return {
        database: {name: CollectionAccess.of(item) for name, item in named.items()}
        for database, named in stored.items()
    }


def _mark_used(key_id: int) -> None:
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_EVERY)
    rows = ApiKey.objects.filter(stale, pk=key_id)
    _record_use(rows, last_used_at=now, last_used_address=caller_text())


def _record_use(rows: QuerySet[Any], **values: datetime | str) -> None:
    """Record a use, and ignore errors, so that a read-only database does not block sign-in."""
    try:
        with transaction.atomic():
            rows.update(**values)
    except DatabaseError:
        log.warning("could not record the use of a %s", rows.model.__name__)
