"""Users of the dashboard in this process, each with a browser that keeps cookies."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

import accounts.services
import catalog.services
import engine
from accounts.models import Membership, User
from accounts.principal import Principal
from accounts.services import principals
from features.usage import live
from web import throttling

PASSWORD = "a-strong-and-secure-password"
# Tests of limits count exactly: wait for a Valkey that is late, instead of counting in this process.
throttling.SOCKET_SECONDS = live._SOCKET_SECONDS = 60.0
HTMX = {"HX-Request": "true"}


@dataclass
class Browser:
    """A test client that sends forms with the CSRF token of its cookie, as the pages do."""

    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))
    email: str = ""

    def get(self, path: str, **extra: Any) -> Any:
        return self.client.get(f"/dashboard/{path}", **extra)

    def post(self, path: str, data: dict[str, Any] | None = None, *, csrf: bool = True, **extra: Any) -> Any:
        if csrf and "datacube_csrf" not in self.client.cookies:
            self.get("login")
        headers = {**extra.pop("headers", {})}
        if csrf:
            headers["X-CSRFToken"] = self.client.cookies["datacube_csrf"].value
        return self.client.post(f"/dashboard/{path}", data or {}, headers=headers, **extra)

    def sign_in(self, email: str, password: str = PASSWORD, **extra: Any) -> Any:
        self.email = email
        return self.post("login", {"email": email, "password": password}, **extra)

    @property
    def principal(self) -> Principal:
        return accounts.services.principals.principal_of_session(self.client.session["account_session"])


def text_of(answer: Any) -> str:
    """Return the text of a page without its tags."""
    page = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", page)


@pytest.fixture(autouse=True)
def raise_sign_in_limits(settings: Any) -> None:
    """Raise the limits; tests of the limits set them again."""
    settings.SIGN_IN_LIMIT_ADDRESS = settings.SIGN_IN_LIMIT_ACCOUNT = 1_000_000


@pytest.fixture(autouse=True)
def fast_password_hashing(settings: Any) -> None:
    """Reduce the cost of Argon2."""
    settings.PASSWORD_HASH_MEMORY_KIB = 64


@pytest.fixture(autouse=True)
def clear_principal_cache() -> None:
    principals.invalidate_all()


@pytest.fixture
def visitor(db: None) -> Browser:
    return Browser()


@pytest.fixture
def make_user(db: None) -> Callable[..., str]:
    """`make_user()` returns the address of a new user, which is verified by default."""

    def make(*, verified: bool = True, **names: str) -> str:
        email = f"{secrets.token_hex(8)}@example.com"
        profile = {"first_name": "Alex", "last_name": "Dev", **names}
        user_id = accounts.services.people.register(email, password=PASSWORD, **profile)
        if verified:
            User.objects.filter(pk=user_id).update(email_verified_at="2026-01-01T00:00:00Z")
        return email

    return make


@pytest.fixture
def new_browser(make_user: Callable[..., str]) -> Callable[..., Browser]:
    """`new_browser()` returns the browser of a new, signed-in user."""

    def new_browser(**options: Any) -> Browser:
        browser = Browser()
        assert browser.sign_in(make_user(**options)).status_code == 302
        return browser

    return new_browser


@pytest.fixture
def new_team_member(new_browser: Callable[..., Browser], anna: Browser) -> Callable[[str], Browser]:
    """`new_team_member("viewer")` returns the browser of a new member of Anna's team, with her team chosen."""

    def new_team_member(role: str) -> Browser:
        guest, team = new_browser(), anna.principal.home_team
        Membership.objects.create(team_id=team, user_id=guest.principal.user_id, role=role)
        principals.invalidate_all()
        assert guest.post("team/choose", {"team": str(team)}).status_code == 302
        return guest

    return new_team_member


@pytest.fixture
def anna(new_browser: Callable[..., Browser]) -> Browser:
    return new_browser()


@pytest.fixture
def ben(new_browser: Callable[..., Browser]) -> Browser:
    """A user without access to Anna's databases."""
    return new_browser()


@pytest.fixture
def films(anna: Browser) -> engine.Database:
    """A database of Anna with a collection of films."""
    fields = [{"name": "title", "required": True}, {"name": "rating", "type": "number"}]
    database, _ = catalog.services.creation.create_database(
        anna.principal, name=f"d_{secrets.token_hex(6)}", collections=[{"name": "films", "fields": fields}]
    )
    database.collection("films").insert([{"title": "Slam", "rating": 3.4}, {"title": "Pirates"}])
    return database
