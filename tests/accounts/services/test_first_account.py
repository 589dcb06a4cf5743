"""The link that creates an installation's administrator: used once, for a new account or an existing one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import OneTimeToken, Team, User
from accounts.services import first_account
from accounts.services.first_account import check_first, first_link_token, register_first
from engine import Invalid
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db
USED = "This link is invalid or has been used, or this installation already has an administrator."
NEW = {"email": "Root@Example.com", "password": PASSWORD, "first_name": "R", "last_name": "T"}


def token() -> str:
    text = first_link_token()
    assert text is not None
    return text


def test_a_new_administrator(mailoutbox: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    text = token()
    check_first(text)
    with django_capture_on_commit_callbacks() as callbacks:
        user_id = register_first(text, **NEW)
    user = User.objects.get(pk=user_id)
    assert (user.email, user.is_admin, user.first_name, user.last_name) == ("root@example.com", True, "R", "T")
    assert user.password != PASSWORD and user.check_password(PASSWORD)
    assert Team.objects.filter(personal=True, memberships__user=user).count() == 1
    assert len(callbacks) == 1, "the mail that verifies the address"
    assert first_link_token() is None


def test_an_installation_has_one_link_at_a_time() -> None:
    first, second = token(), token()
    with pytest.raises(Invalid, match=USED):
        check_first(first)
    check_first(second)
    assert OneTimeToken.objects.filter(purpose=OneTimeToken.Purpose.FIRST).count() == 1


@pytest.mark.parametrize("text", ["", "x", "\0"])
def test_another_token_is_refused(text: str) -> None:
    token()
    for call in (lambda: check_first(text), lambda: register_first(text, **NEW)):
        with pytest.raises(Invalid) as caught:
            call()
        assert caught.value.message == USED
    assert not User.objects.exists()


def test_a_token_of_another_purpose_is_refused(anna: Any) -> None:
    user = User.objects.get(pk=anna.id)
    other = first_account.one_time_tokens.make(user, purpose=OneTimeToken.Purpose.VERIFY)
    with pytest.raises(Invalid, match="invalid or has been used"):
        check_first(other)


def test_an_expired_link_is_refused() -> None:
    text = token()
    OneTimeToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Invalid, match="invalid or has been used"):
        register_first(text, **NEW)


def test_accounts_without_the_right_do_not_count(anna: Any) -> None:
    text = token()
    assert register_first(text, **NEW | {"email": anna.email.upper()}) == anna.id
    user = User.objects.get(pk=anna.id)
    assert (user.is_admin, user.first_name) == (True, "Alex"), "the account is otherwise as it was"


def test_the_password_of_an_existing_account_is_needed(anna: Any) -> None:
    text = token()
    with pytest.raises(Invalid) as caught:
        register_first(text, **NEW | {"email": anna.email, "password": PASSWORD + "!"})
    assert [error.field for error in caught.value.errors] == ["password"]
    assert not User.objects.get(pk=anna.id).is_admin
    check_first(text)  # which was not used


def test_a_weak_password_does_not_use_the_link() -> None:
    text = token()
    with pytest.raises(Invalid):
        register_first(text, **NEW | {"password": "123"})
    check_first(text)
    assert not User.objects.exists()


def test_a_link_is_used_once() -> None:
    text = token()
    register_first(text, **NEW)
    with pytest.raises(Invalid, match="already has an administrator"):
        register_first(text, **NEW | {"email": "second@example.com"})
    User.objects.update(is_admin=False)
    with pytest.raises(Invalid, match="has been used"):
        register_first(text, **NEW | {"email": "second@example.com"})
    assert User.objects.count() == 1
