"""The command that administers users."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command

from accounts import services
from accounts.models import User
from engine import Unauthenticated

pytestmark = pytest.mark.django_db
PASSWORD = "a-strong-and-secure-password"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that sets what the standard input holds."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_user_is_created_who_can_sign_in_at_once(typed: Any, capsys: Any) -> None:
    typed(f"{PASSWORD}\n")
    call_command("user", "create", "Eva@Example.com", "--first-name", "Eva", "--admin", "--stdin")
    user = User.objects.get(email="eva@example.com")
    assert capsys.readouterr().out == f"Created eva@example.com, user {user.pk}.\n"
    assert user.is_admin and user.email_verified_at is not None
    assert services.sessions.log_in("eva@example.com", password=PASSWORD).access


@pytest.mark.parametrize(
    ("email", "password", "message"),
    [
        ("not an address", PASSWORD, "Enter a valid e-mail address."),
        ("eva@example.com", "short", "too short"),
        ("eva@example.com", "", "too short"),
    ],
)
def test_a_user_is_refused(typed: Any, email: str, password: str, message: str) -> None:
    typed(password)
    with pytest.raises(CommandError, match=message):
        call_command("user", "create", email, "--stdin")
    assert not User.objects.filter(email=email).exists()


def test_a_registered_address_is_refused(anna: Any, typed: Any) -> None:
    typed(PASSWORD)
    with pytest.raises(CommandError, match="There is a user"):
        call_command("user", "create", anna.email, "--stdin")


def test_without_a_terminal_no_password_is_asked_for(typed: Any) -> None:
    typed("")
    with pytest.raises(CommandError, match="--stdin"):
        call_command("user", "create", "eva@example.com")


def test_users_are_listed(anna: Any, ben: Any, capsys: Any) -> None:
    services.people.deactivate(ben.id)
    call_command("user", "list")
    lines = capsys.readouterr().out.splitlines()
    assert any(line.endswith(f"  {anna.email}  not verified") for line in lines)
    assert any(line.endswith(f"  {ben.email}  not verified, deactivated") for line in lines)
    call_command("user", "list", "--json")
    rows = {row["email"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert (rows[anna.email]["active"], rows[ben.email]["active"]) == (True, False)


def test_a_deactivated_user_cannot_sign_in(anna: Any) -> None:
    call_command("user", "deactivate", anna.email)
    with pytest.raises(Unauthenticated):
        services.sessions.log_in(anna.email, password=PASSWORD)
    with pytest.raises(CommandError, match=r"There is no user nobody@example\.com\."):
        call_command("user", "deactivate", "nobody@example.com")


def test_a_password_is_set_and_ends_the_sessions(anna: Any, typed: Any) -> None:
    typed("another-strong-password\n")
    call_command("user", "password", anna.email, "--stdin")
    assert check_password("another-strong-password", User.objects.get(pk=anna.id).password)
    with pytest.raises(Unauthenticated):
        services.principals.principal_of_token(anna.access)
