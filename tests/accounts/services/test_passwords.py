"""Password resets."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts import services, tasks
from accounts.models import User
from accounts.services import one_time_tokens
from engine import Invalid, Unauthenticated

pytestmark = pytest.mark.django_db
PASSWORD = "a-strong-and-secure-password"
NEW_PASSWORD = "another-strong-password"


def queued_tasks(callbacks: list[Any]) -> list[tuple[Any, ...]]:
    """Return the tasks to be sent after the commit."""
    return [callback.args for callback in callbacks]


def test_known_and_unknown_addresses_queue_the_same_task(anna, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        services.passwords.request_password_reset(anna.email.upper())
        services.passwords.request_password_reset("nobody@example.com")
    assert queued_tasks(callbacks) == [("send_password_reset", anna.id), ("send_password_reset", 0)]


def test_a_reset_changes_the_password_and_ends_every_session(anna, ben, token_in_mail) -> None:
    assert anna.principal
    tasks.send_password_reset(anna.id)
    first = token_in_mail("/core/password-reset/confirm/")
    tasks.send_password_reset(anna.id)
    second = token_in_mail("/core/password-reset/confirm/")
    services.passwords.confirm_password_reset(second, password=NEW_PASSWORD)
    for attempt in (
        lambda: services.principals.principal_of_token(anna.access),
        lambda: services.sessions.refresh(anna.refresh),
        lambda: services.sessions.log_in(anna.email, password=PASSWORD),
    ):
        with pytest.raises(Unauthenticated):
            attempt()
    for used_up in (first, second):
        with pytest.raises(Invalid):
            services.passwords.confirm_password_reset(used_up, password=PASSWORD)
    assert services.sessions.log_in(anna.email, password=NEW_PASSWORD)
    assert ben.principal
    tasks.send_password_changed(anna.id)
    assert mail.outbox[-1].subject == "Your password was changed"


def test_a_weak_new_password_leaves_the_token_good(anna, token_in_mail) -> None:
    tasks.send_password_reset(anna.id)
    token = token_in_mail("/core/password-reset/confirm/")
    with pytest.raises(Invalid) as caught:
        services.passwords.confirm_password_reset(token, password="password")
    assert [error.field for error in caught.value.errors] == ["password"]
    services.passwords.confirm_password_reset(token, password=NEW_PASSWORD)


@pytest.mark.parametrize("verified_before", [True, False])
def test_a_reset_revokes_keys_from_before_the_verification(anna, verified_before: bool) -> None:
    """A stranger who registered the address must not keep a key."""
    if verified_before:
        User.objects.filter(pk=anna.id).update(email_verified_at=timezone.now())
    key = services.keys.create_key(anna.principal, name="k")
    services.passwords.confirm_password_reset(
        one_time_tokens.make(User.objects.get(pk=anna.id), purpose="reset"), password=NEW_PASSWORD
    )
    assert services.people.profile(anna.id).email_verified
    if verified_before:
        assert services.principals.principal_of_key(key.text)
    else:
        with pytest.raises(Unauthenticated):
            services.principals.principal_of_key(key.text)
