"""Fixtures of the account tests: registered users, and requests in this process and to the service."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.test import Client

from accounts import services
from accounts.models import ApiKey, Membership, OneTimeToken, Session, Team, User
from accounts.principal import PersonPrincipal
from accounts.services import principals
from accounts.services.bearer import session_tokens
from accounts.ttl_cache import TtlCache
from tests.support import until
from web import throttling

PASSWORD = "a-strong-and-secure-password"
# Tests of limits count exactly: wait for a Valkey that is late, instead of counting in this process.
throttling.SOCKET_SECONDS = 60.0


@dataclass
class Person:
    """A user who registered and logged in."""

    id: int
    email: str
    access: str
    refresh: str

    @property
    def bearer(self) -> str:
        return f"Bearer {self.access}"

    @property
    def principal(self) -> PersonPrincipal:
        return services.principals.principal_of_token(self.access)


@dataclass
class ApiResponse:
    """Status, decoded body and headers of a response."""

    status: int
    body: Any
    headers: Any

    @property
    def status_and_body(self) -> tuple[int, Any]:
        return self.status, self.body


Ask = Callable[..., ApiResponse]


@pytest.fixture(autouse=True)
def high_sign_in_limits(settings: Any) -> None:
    """Raise the sign-in limits; the tests of the limits set their own."""
    settings.SIGN_IN_LIMIT_ADDRESS = settings.SIGN_IN_LIMIT_ACCOUNT = 1_000_000


@pytest.fixture(autouse=True)
def cheap_hashes(settings: Any) -> None:
    """Reduce the cost of Argon2, as these tests hash some hundred times."""
    settings.PASSWORD_HASH_MEMORY_KIB = 64


@pytest.fixture(autouse=True)
def empty_caches() -> None:
    principals.invalidate_all()


@pytest.fixture
def lasting_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep cached credentials for an hour; the tests run with a CACHE_SECONDS that a slow step exceeds."""
    for module, name in ((principals, "_bearers"), (principals, "_keys"), (session_tokens, "_sessions")):
        monkeypatch.setattr(module, name, TtlCache(seconds=3600))


@pytest.fixture
def ask() -> Ask:
    """Return `ask("POST /core/login", body, auth=…)`, which sends a request in this process."""
    client = Client(raise_request_exception=True)

    def ask(route: str, body: Any = None, *, auth: str | None = None, raw: bytes | None = None, **extra: Any):
        verb, path = route.split(" ", 1)
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        headers = {} if auth is None else {"Authorization": auth}
        response = client.generic(verb, path, data, "application/json", headers=headers, **extra)
        return ApiResponse(
            response.status_code, json.loads(response.content) if response.content else None, response.headers
        )

    return ask


@pytest.fixture
def make_person(db: None) -> Callable[[], Person]:
    def make() -> Person:
        email = f"{secrets.token_hex(8)}@example.com"
        services.people.register(email, password=PASSWORD, first_name="Alex", last_name="Dev")
        tokens = services.sessions.log_in(email, password=PASSWORD)
        user = User.objects.get(email=email)
        return Person(id=user.pk, email=email, access=tokens.access, refresh=tokens.refresh)

    return make


@pytest.fixture
def anna(make_person: Callable[[], Person]) -> Person:
    return make_person()


@pytest.fixture
def ben(make_person: Callable[[], Person]) -> Person:
    return make_person()


@pytest.fixture
def rows(db: None) -> Callable[[], list[Any]]:
    """Return a function that reads all rows of accounts, to show that a denied request changed nothing."""
    models = [User, Team, Membership, ApiKey, Session, OneTimeToken]
    return lambda: [sorted(map(str, model.objects.values())) for model in models]


@pytest.fixture
def token_in_mail(mailoutbox: list[EmailMessage]) -> Callable[[str], str]:
    """Return `token_in_mail(path)`: the token of the link below the path in the newest mail."""

    def token_in_mail(path: str) -> str:
        link = re.escape(f"{settings.BASE_URL}{path}")
        (token,) = re.findall(rf"^{link}(\S+)$", mailoutbox[-1].body, re.MULTILINE)
        return token

    return token_in_mail


@pytest.fixture
def concurrently() -> Callable[[int, Callable[[], Any]], list[Any]]:
    """Return `concurrently(count, call)`: the results of `count` threads that call at the same time."""

    def concurrently(count: int, call: Callable[[], Any]) -> list[Any]:
        start = Barrier(count)

        def run(_: int) -> Any:
            start.wait()
            return call()

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(run, range(count)))

    return concurrently


# --- against the running service, which has its own database ------------------------------------------


@pytest.fixture
def until_admitted() -> Callable[[Callable[[], httpx.Response]], httpx.Response]:
    """Return `until_admitted(call)`, which repeats a call while the response is 503."""
    return lambda call: until(lambda: None if (answer := call()).status_code == 503 else [answer], seconds=120)[0]


@pytest.fixture
def fresh_email() -> Callable[[], str]:
    return lambda: f"{secrets.token_hex(8)}@example.com"


@pytest.fixture
def stranger(http: httpx.Client, fresh_email: Callable[[], str]) -> Person:
    """Return a new user, registered and logged in at the service."""
    email = fresh_email()
    body = {"email": email, "firstName": "Alex", "lastName": "Dev", "password": PASSWORD}
    assert http.post("/core/register", json=body).status_code == 201
    tokens = http.post("/core/login", json={"email": email, "password": PASSWORD}).json()
    return Person(id=0, email=email, **tokens)


@pytest.fixture
def mailed(home: Path) -> Callable[[str, str], str]:
    """Return `mailed(address, path)`: the token in the newest mail to the address that links to the path."""

    def mailed(email: str, path: str) -> str:
        link = re.compile(rf"^http://\S+{path}(\S+)$", re.MULTILINE)
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            for file in sorted((home / "mail").glob("*"), reverse=True):
                text = file.read_text(errors="replace")  # the service may be writing it
                tokens = link.findall(text)
                if f"To: {email}" in text and tokens:
                    return tokens[-1]
            time.sleep(0.1)
        raise AssertionError(f"no mail to {email} with {path}")

    return mailed
