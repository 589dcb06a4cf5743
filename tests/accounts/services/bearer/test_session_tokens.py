"""Session tokens: opaque, stored as hashes, ended by every means that ends a session."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import services
from accounts.models import Session, User
from accounts.services import one_time_tokens, principals
from accounts.services.bearer import session_tokens
from engine import Unauthenticated

pytestmark = pytest.mark.django_db
PASSWORD = "a-strong-and-secure-password"


@pytest.fixture
def token(anna) -> str:
    return session_tokens.log_in(anna.email, password=PASSWORD).token


def is_alive(token: str) -> bool:
    principals.invalidate_all()
    try:
        return session_tokens.principal_of(token).user_id > 0
    except Unauthenticated:
        return False


def test_a_token_stands_for_a_session(anna, settings) -> None:
    settings.SESSION_TOKEN_DAYS = 3
    username = User.objects.get(pk=anna.id).username
    sign_in = session_tokens.log_in(username.upper(), password=PASSWORD)
    assert session_tokens.is_session_token(sign_in.token)
    assert sign_in.principal.user_id == session_tokens.principal_of(sign_in.token).user_id == anna.id
    row = Session.objects.get(pk=sign_in.principal.session)
    assert timedelta(days=2.9) < row.expires_at - timezone.now() < timedelta(days=3.1)
    assert sign_in.token not in repr(sign_in) + str(Session.objects.values())


@pytest.mark.usefixtures("lasting_caches")
def test_a_cached_token_needs_no_query(token) -> None:
    session_tokens.principal_of(token)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        session_tokens.principal_of(token)
    assert len(queries) == 0


@pytest.mark.parametrize(("login", "password"), [("nobody", PASSWORD), ("", ""), ("\0", "\0"), ("x" * 9_999, "x")])
def test_an_unknown_user_gets_no_session(anna, rows, login: str, password: str) -> None:
    before = rows()
    with pytest.raises(Unauthenticated, match=r"^Invalid credentials$"):
        session_tokens.log_in(login, password=password)
    assert rows() == before


@pytest.mark.parametrize("text", ["", "x" * 32, "x" * 31, "é" * 32, "\0" * 32, "\ud800" * 32, "a.b.c"])
def test_other_texts_are_no_tokens(anna, text: str) -> None:
    with pytest.raises(Unauthenticated):
        session_tokens.principal_of(text)


def test_a_token_ends_with_its_session(anna, token) -> None:
    services.sessions.log_out(principal=session_tokens.principal_of(token))
    assert not is_alive(token)


def test_a_token_expires(token) -> None:
    assert is_alive(token)
    Session.objects.exclude(digest=None).update(expires_at=timezone.now())
    assert not is_alive(token)


def test_a_changed_password_ends_every_other_token(anna, token) -> None:
    other = session_tokens.log_in(anna.email, password=PASSWORD).token
    services.passwords.change_password(
        session_tokens.principal_of(other), current=PASSWORD, password="another-strong-password"
    )
    assert (is_alive(token), is_alive(other)) == (False, True)


def test_a_reset_password_and_a_deactivated_user_end_all(anna, ben, token) -> None:
    reset = one_time_tokens.make(User.objects.get(pk=anna.id), purpose="reset")
    services.passwords.confirm_password_reset(reset, password="another-strong-password")
    assert not is_alive(token)
    of_ben = session_tokens.log_in(ben.email, password=PASSWORD).token
    services.people.deactivate(ben.id)
    assert not is_alive(of_ben)


def test_a_session_token_is_no_refresh_token_and_no_browser(token) -> None:
    with pytest.raises(Unauthenticated):
        services.sessions.refresh(token)
    with pytest.raises(Unauthenticated):
        principals.principal_of_token(token)
