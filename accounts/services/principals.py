"""Resolves credentials to principals; results are cached in the process for CACHE_SECONDS."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
from accounts.ttl_cache import TtlCache
from engine import Action, Unauthenticated

log = logging.getLogger("datacube.accounts")
LAST_USED_EVERY = timedelta(minutes=1)


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
    """Return the principal of an API key or a browser key. Raises `Unauthenticated`.

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
    return key.principal


def invalidate_session(session: str) -> None:
    """Remove a session from this process's cache."""
    _bearers.invalidate(session)


def invalidate_key(digest: str) -> None:
    """Remove a key from this process's cache."""
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


def _person(user: User, session_id: str) -> PersonPrincipal:
    roles = Membership.objects.filter(user=user).values_list("team_id", "role", "team__personal")
    return PersonPrincipal(
        actor=f"u{user.pk}",
        user_id=user.pk,
        email=user.email,
        verified=user.email_verified_at is not None,
        teams={team: role for team, role, _ in roles},
        home_team=next(team for team, role, personal in roles if personal and role == Membership.Role.OWNER),
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
    key = live.select_related("created_by").first()
    if key is None or not hmac.compare_digest(key.digest, digest):
        return None
    role = Membership.objects.filter(user=key.created_by, team=key.team_id).values_list("role", flat=True).first()
    if role is None:
        return None
    _mark_used(key.pk)
    return _Key(_principal(key, role), key.expires_at)


def _principal(key: ApiKey, role: str) -> ApiKeyPrincipal | BrowserKeyPrincipal:
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
    )


def scope_of(key: ApiKey) -> Scope:
    """Return the scope of a key's row."""
    if key.grants is not None:
        return Scope.of_grants({name: frozenset(map(Action, actions)) for name, actions in key.grants.items()})
    databases = None if key.databases is None else frozenset(key.databases)
    return Scope(actions=frozenset(Action(name) for name in key.actions), databases=databases)


def _mark_used(key_id: int) -> None:
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_EVERY)
    _record_use(ApiKey.objects.filter(stale, pk=key_id), last_used_at=now)


def _record_use(rows: QuerySet[Any], **values: datetime) -> None:
    """Record a use, and ignore errors, so that a read-only database does not block sign-in."""
    try:
        with transaction.atomic():
            rows.update(**values)
    except DatabaseError:
        log.warning("could not record the use of a %s", rows.model.__name__)
