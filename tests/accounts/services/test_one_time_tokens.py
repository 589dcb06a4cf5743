"""Mailed links: single-use, for one purpose, with an expiry."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts import services, tasks
from accounts.models import OneTimeToken, Session, User
from engine import Invalid

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "another-strong-password"


def queued_tasks(callbacks: list[Any]) -> list[tuple[Any, ...]]:
    """Return the tasks to be sent after the commit."""
    return [callback.args for callback in callbacks]


def test_a_mailed_token_verifies_once(anna, settings) -> None:
    settings.BASE_URL = "https://cube.example"
    tasks.send_verification(anna.id)
    sent = mail.outbox[0]
    assert (sent.to, sent.subject) == ([anna.email], "Verify your e-mail address")
    assert sent.body.isascii() and "Alex" not in sent.body
    (token,) = re.findall(r"^https://cube\.example/core/verify-email/(\S{43})$", sent.body, re.MULTILINE)
    assert token not in str(OneTimeToken.objects.values_list())
    assert not anna.principal.verified
    services.people.verify_email(token)
    assert anna.principal.verified, "at once, in this process"
    assert services.people.profile(anna.id).email_verified
    with pytest.raises(Invalid, match=r"^This link is invalid or has expired\.$"):
        services.people.verify_email(token)


@pytest.mark.parametrize("token", ["", "nonsense", "\0", "x" * 10_000])
def test_an_unknown_token_verifies_nobody(anna, token: str, rows) -> None:
    before = rows()
    with pytest.raises(Invalid):
        services.people.verify_email(token)
    assert rows() == before


def test_a_token_has_one_purpose(anna, token_in_mail) -> None:
    tasks.send_password_reset(anna.id)
    reset = token_in_mail("/core/password-reset/confirm/")
    tasks.send_verification(anna.id)
    verify = token_in_mail("/core/verify-email/")
    with pytest.raises(Invalid):
        services.people.verify_email(reset)
    with pytest.raises(Invalid):
        services.passwords.confirm_password_reset(verify, password=NEW_PASSWORD)
    assert not services.people.profile(anna.id).email_verified


def test_a_token_expires(anna, token_in_mail) -> None:
    tasks.send_verification(anna.id)
    OneTimeToken.objects.update(expires_at=timezone.now())
    with pytest.raises(Invalid):
        services.people.verify_email(token_in_mail("/core/verify-email/"))


def test_another_mail_is_for_those_who_need_it(anna, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        services.people.resend_verification(anna.id)
    assert queued_tasks(callbacks) == [("send_verification", anna.id)]
    User.objects.filter(pk=anna.id).update(email_verified_at=timezone.now())
    with pytest.raises(Invalid, match=r"^Your email is already verified\.$"):
        services.people.resend_verification(anna.id)
    tasks.send_verification(anna.id)
    assert mail.outbox == []


def test_tasks_for_nobody_do_nothing() -> None:
    for task in (tasks.send_verification, tasks.send_already_registered, tasks.send_password_reset):
        task(0)
    tasks.send_password_changed(0)
    assert mail.outbox == []


def test_old_tokens_and_sessions_are_deleted(anna, ben) -> None:
    tasks.send_verification(anna.id)
    tasks.send_verification(ben.id)
    old = timezone.now() - timedelta(days=2)
    OneTimeToken.objects.filter(user_id=anna.id).update(expires_at=old)
    Session.objects.filter(user_id=anna.id).update(expires_at=old)
    tasks.forget_expired()
    assert [token.user_id for token in OneTimeToken.objects.all()] == [ben.id]
    assert [session.user_id for session in Session.objects.all()] == [ben.id]


def test_sixteen_uses_of_one_link_succeed_once(http, stranger, mailed, concurrently, until_admitted) -> None:
    path = f"/core/verify-email/{mailed(stranger.email, '/core/verify-email/')}"
    answers = concurrently(16, lambda: until_admitted(lambda: http.get(path)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 15
    profile = http.get("/core/profile", headers={"Authorization": stranger.bearer})
    assert profile.json()["email_verified"] is True
