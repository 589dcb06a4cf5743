"""Browser sessions as they are stored."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.security.session_store import SessionStore, hashed

pytestmark = pytest.mark.django_db


def saved(**data: str) -> SessionStore:
    session = SessionStore()
    session.update(data)
    session.create()
    session.update(data)
    session.save()
    return session


def test_the_database_reveals_neither_key_nor_data() -> None:
    session = saved(challenge="a-signed-challenge")
    row = Session.objects.get()
    assert row.session_key == hashed(session.session_key)
    assert session.session_key not in str(vars(row))
    assert "a-signed-challenge" not in str(vars(row)) and "challenge" not in row.session_data


def test_a_session_is_found_by_the_key_of_its_cookie() -> None:
    session = saved(team="7")
    again = SessionStore(session.session_key)
    assert (again["team"], again.session_key) == ("7", session.session_key)
    assert again.exists(session.session_key)


@pytest.mark.parametrize("key", ["stored", "unknown-key-of-a-browser", "\0\ud800" * 8, "", None])
def test_no_other_key_finds_it(key: str | None) -> None:
    session = saved(team="7")
    other = SessionStore(hashed(session.session_key) if key == "stored" else key)
    assert (other.get("team"), other.session_key) == (None, None)


def test_a_session_is_changed_and_gets_another_key() -> None:
    session = saved(team="7")
    first = session.session_key
    session["team"] = "8"
    session.save()
    session.cycle_key()
    session.save()
    assert SessionStore(session.session_key)["team"] == "8"
    assert SessionStore(first).get("team") is None
    assert Session.objects.count() == 1


def test_a_session_ends() -> None:
    session = saved(team="7")
    session.flush()
    assert Session.objects.count() == 0
    session.delete()
    expired = saved(team="7")
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert SessionStore(expired.session_key).get("team") is None
    SessionStore.clear_expired()
    assert Session.objects.count() == 0


def test_another_secret_key_makes_a_session_empty(settings) -> None:
    session = saved(team="7")
    settings.SECRET_KEY = "another key, of another installation"
    assert SessionStore(session.session_key).get("team") is None
