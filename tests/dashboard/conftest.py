"""People in front of the dashboard, in this process: each with a browser that keeps cookies."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client

import accounts.services
import catalog.services
import engine
from accounts.models import Membership, User
from accounts.principal import Principal
from accounts.services import principals

PASSWORD = "a-strong-and-secure-password"
HTMX = {"HX-Request": "true"}


@dataclass
class Browser:
    """Asks for pages; forms are sent with the token of the cookie, as the pages do."""

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

    def log_in(self, email: str, password: str = PASSWORD, **extra: Any) -> Any:
        self.email = email
        return self.post("login", {"email": email, "password": password}, **extra)

    @property
    def principal(self) -> Principal:
        return accounts.services.principal_of_session(self.client.session["account_session"])


def text_of(answer: Any) -> str:
    """The text of a page without its tags."""
    page = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", page)


@pytest.fixture(autouse=True)
def many_may_sign_in(settings: Any) -> None:
    """The tests of the limits set them again."""
    settings.SIGN_IN_LIMIT_ADDRESS = settings.SIGN_IN_LIMIT_ACCOUNT = 1_000_000


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same Argon2, for less work."""
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 1)
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 64)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    principals.invalidate_all()


@pytest.fixture
def nobody(db: None) -> Browser:
    return Browser()


@pytest.fixture
def make_user(db: None) -> Callable[..., str]:
    """`make_user()`: the address of somebody new; the address is verified unless told otherwise."""

    def make(*, verified: bool = True, **names: str) -> str:
        email = f"{secrets.token_hex(8)}@example.com"
        given = {"first_name": "Alex", "last_name": "Dev", **names}
        user_id = accounts.services.register(email, password=PASSWORD, **given)
        if verified:
            User.objects.filter(pk=user_id).update(email_verified_at="2026-01-01T00:00:00Z")
        return email

    return make


@pytest.fixture
def come(make_user: Callable[..., str]) -> Callable[..., Browser]:
    """`come()`: the browser of somebody new who has logged in."""

    def come(**given: Any) -> Browser:
        browser = Browser()
        assert browser.log_in(make_user(**given)).status_code == 302
        return browser

    return come


@pytest.fixture
def come_as(come: Callable[..., Browser], anna: Browser) -> Callable[[str], Browser]:
    """`come_as("viewer")`: the browser of a new member of Anna's team, with her team chosen."""

    def come_as(role: str) -> Browser:
        guest, team = come(), anna.principal.home_team
        Membership.objects.create(team_id=team, user_id=guest.principal.user_id, role=role)
        principals.invalidate_all()
        assert guest.post("team/choose", {"team": str(team)}).status_code == 302
        return guest

    return come_as


@pytest.fixture
def anna(come: Callable[..., Browser]) -> Browser:
    return come()


@pytest.fixture
def ben(come: Callable[..., Browser]) -> Browser:
    """A stranger to Anna."""
    return come()


@pytest.fixture
def films(anna: Browser) -> engine.Database:
    """A database of Anna's with a collection of films."""
    fields = [{"name": "title", "required": True}, {"name": "rating", "type": "number"}]
    database, _ = catalog.services.create_database(
        anna.principal, name=f"d_{secrets.token_hex(6)}", collections=[{"name": "films", "fields": fields}]
    )
    database.collection("films").insert([{"title": "Slam", "rating": 3.4}, {"title": "Pirates"}])
    return database
