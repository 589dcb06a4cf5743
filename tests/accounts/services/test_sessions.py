"""Logging in, rotating refresh tokens, logging out."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import services
from accounts.models import User
from accounts.services import one_time_tokens
from engine import Unauthenticated

pytestmark = pytest.mark.django_db
PASSWORD = "a-strong-and-secure-password"


@pytest.mark.parametrize("password", ["wrong", "", PASSWORD + " ", "\0"])
def test_a_wrong_password_starts_no_session(anna, rows, password: str) -> None:
    before = rows()
    with pytest.raises(Unauthenticated, match=r"^Invalid credentials$"):
        services.sessions.log_in(anna.email, password=password)
    assert rows() == before


@pytest.mark.parametrize("email", ["nobody@example.com", "", "\0", "x" * 10_000])
def test_an_unknown_user_gets_the_same_error_after_one_hash(db, email: str, monkeypatch) -> None:
    hashes = []
    encode = "accounts.security.hashers.PasswordHasher.encode"
    monkeypatch.setattr(encode, lambda *args, **kwargs: hashes.append(1) or "argon2$x")
    with pytest.raises(Unauthenticated, match=r"^Invalid credentials$"):
        services.sessions.log_in(email, password=PASSWORD)
    assert hashes == [1]


def test_a_login_replaces_a_hash_of_other_parameters(anna, settings: Any) -> None:
    before = User.objects.get(pk=anna.id).password
    settings.PASSWORD_HASH_MEMORY_KIB = 128
    with pytest.raises(Unauthenticated, match=r"^Invalid credentials$"):
        services.sessions.log_in(anna.email, password="wrong")
    assert User.objects.get(pk=anna.id).password == before
    services.sessions.log_in(anna.email, password=PASSWORD)
    after = User.objects.get(pk=anna.id).password
    assert after.startswith("argon2$argon2id$v=19$m=128,")
    services.sessions.log_in(anna.email, password=PASSWORD)
    assert User.objects.get(pk=anna.id).password == after


def test_refreshing_rotates(anna) -> None:
    pair = services.sessions.refresh(anna.refresh)
    assert pair.refresh != anna.refresh
    assert services.principals.principal_of_token(pair.access).user_id == anna.id
    assert services.sessions.refresh(pair.refresh)


def test_a_replayed_refresh_token_ends_its_family_and_no_other(anna, ben) -> None:
    other = services.sessions.log_in(anna.email, password=PASSWORD)
    pair = services.sessions.refresh(anna.refresh)
    assert services.principals.principal_of_token(pair.access)
    with pytest.raises(Unauthenticated):
        services.sessions.refresh(anna.refresh)
    for dead in (anna.access, pair.access):
        with pytest.raises(Unauthenticated):
            services.principals.principal_of_token(dead)
    with pytest.raises(Unauthenticated):
        services.sessions.refresh(pair.refresh)
    assert services.principals.principal_of_token(other.access)
    assert services.principals.principal_of_token(ben.access)


def test_a_rotation_and_a_one_time_use_are_single_updates_that_postgresql_checks_again(anna) -> None:
    """Check that the conditions have no subselect, which would let two callers succeed: see `sessions.refresh`."""
    token = one_time_tokens.make(User.objects.get(pk=anna.id), purpose="verify")
    with CaptureQueriesContext(connection) as captured:
        services.sessions.refresh(anna.refresh)
        services.people.verify_email(token)
    updates = [query["sql"] for query in captured if query["sql"].startswith("UPDATE")]
    assert len(updates) == 3
    assert not any("SELECT" in sql for sql in updates)


def test_logging_out_ends_this_session_alone(anna) -> None:
    other = services.sessions.log_in(anna.email, password=PASSWORD)
    assert anna.principal
    services.sessions.log_out(anna.refresh)
    services.sessions.log_out(anna.refresh)
    with pytest.raises(Unauthenticated):
        services.principals.principal_of_token(anna.access)
    with pytest.raises(Unauthenticated):
        services.sessions.refresh(anna.refresh)
    services.sessions.log_out(principal=services.principals.principal_of_token(other.access))
    with pytest.raises(Unauthenticated):
        services.principals.principal_of_token(other.access)


def test_sixteen_refreshes_of_one_token_succeed_once(http, stranger, concurrently, until_admitted) -> None:
    def refresh() -> Any:
        return http.post("/core/token/refresh", json={"refresh": stranger.refresh})

    answers = concurrently(16, lambda: until_admitted(refresh))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 15
    (winner,) = [answer.json() for answer in answers if answer.status_code == 200]
    again = http.post("/core/token/refresh", json={"refresh": winner["refresh"]})
    assert again.status_code == 401, "the replays ended the family"
