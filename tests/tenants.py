"""Fixtures: tenants of the running service, one set for each test module, and principals of this process."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from accounts.models import Membership, Team, User
from accounts.principal import AccountPrincipal, ApiKeyPrincipal, PersonPrincipal, Scope
from tests.support import Tenant, Truth, make_tenant


@pytest.fixture(scope="module")
def web(service_url: str) -> Iterator[httpx.Client]:
    """Return a client of the service that lasts as long as a module's tenants."""
    with httpx.Client(base_url=service_url, timeout=120, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def anna(web: httpx.Client) -> Tenant:
    return make_tenant(web)


@pytest.fixture(scope="module")
def ben(web: httpx.Client) -> Tenant:
    """Return a tenant without access to Anna's databases."""
    return make_tenant(web)


@pytest.fixture(scope="module")
def truth(home: Path) -> Iterator[Truth]:
    truth_of_home = Truth(home)
    yield truth_of_home
    truth_of_home.close()


@pytest.fixture
def nothing_changes(anna: Tenant, truth: Truth) -> Iterator[None]:
    """Check after a test of refused requests that everything Anna has is unchanged."""
    team = truth.team_of(anna.email)
    before = truth.of_team(team)
    yield
    assert truth.of_team(team) == before


# --- in this process, whose platform database is not the service's ------------------------------------


@pytest.fixture
def make_principal(db: None) -> Callable[..., PersonPrincipal]:
    """Return `make_principal()`, which returns a new user with a team."""

    def make(*, verified: bool = True) -> PersonPrincipal:
        user = User.objects.create(email=f"{secrets.token_hex(8)}@example.com")
        team = Team.objects.create(name=user.email, personal=True)
        Membership.objects.create(team=team, user=user, role=Membership.Role.OWNER)
        return PersonPrincipal(
            actor=f"u{user.pk}",
            user_id=user.pk,
            email=user.email,
            verified=verified,
            teams={team.pk: "owner"},
            home_team=team.pk,
            session=secrets.token_hex(16),
        )

    return make


@pytest.fixture
def owner(make_principal: Callable[..., PersonPrincipal]) -> PersonPrincipal:
    return make_principal()


def key_of(user: AccountPrincipal, scope: Scope) -> ApiKeyPrincipal:
    """Return the principal of a key that the user created."""
    return ApiKeyPrincipal(
        actor="k7",
        user_id=user.user_id,
        verified=user.verified,
        teams=user.teams,
        home_team=user.home_team,
        scope=scope,
    )


@pytest.fixture
def quick_drops(settings: Any) -> None:
    """Skip the wait for caches: no other process has cached entries of this process's databases."""
    settings.CACHE_SECONDS = 0
