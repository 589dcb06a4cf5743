"""Fixtures: tenants of the running service, one set for each test module, and principals of this process."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from accounts.models import Membership, Team, User
from accounts.principal import Principal, Scope
from tests.support import Tenant, Truth, make_tenant


@pytest.fixture(scope="module")
def web(service_url: str) -> Iterator[httpx.Client]:
    """Return a client of the service that lasts as long as a module's tenants."""
    with httpx.Client(base_url=service_url, timeout=60, trust_env=False) as client:
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
def make_principal(db: None) -> Callable[..., Principal]:
    """Return `make_principal(scope=…)`, which returns a new user with a team, or a key of that user."""

    def make(*, scope: Scope | None = None, verified: bool = True) -> Principal:
        user = User.objects.create(email=f"{secrets.token_hex(8)}@example.com")
        team = Team.objects.create(name=user.email, personal=True)
        Membership.objects.create(team=team, user=user, role=Membership.Role.OWNER)
        return Principal(
            actor=f"u{user.pk}",
            user_id=user.pk,
            email=user.email,
            verified=verified,
            teams={team.pk: "owner"},
            home_team=team.pk,
            scope=scope,
        )

    return make


@pytest.fixture
def owner(make_principal: Callable[..., Principal]) -> Principal:
    return make_principal()


@pytest.fixture
def quick_drops(settings: Any) -> None:
    """Skip the wait for caches: no other process has cached entries of this process's databases."""
    settings.CACHE_SECONDS = 0
