"""Registration and profiles."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from accounts import services, tasks
from accounts.models import Membership, OneTimeToken, Team, User
from engine import Invalid, NotFound, Unauthenticated

pytestmark = pytest.mark.django_db
PASSWORD = "a-strong-and-secure-password"
NEW_PASSWORD = "another-strong-password"


def queued_tasks(callbacks: list[Any]) -> list[tuple[Any, ...]]:
    """Return the tasks to be sent after the commit."""
    return [callback.args for callback in callbacks]


def test_registering_makes_user_and_team_and_queues_a_mail(django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        services.people.register(" Anna@Example.COM ", password=PASSWORD, first_name="Anna", last_name="Dev")
    user = User.objects.get(email="anna@example.com")
    membership = Membership.objects.get(user=user)
    assert (membership.role, membership.team.personal) == ("owner", True)
    assert user.password.startswith("argon2$")
    assert queued_tasks(callbacks) == [("send_verification", user.pk)]
    assert not OneTimeToken.objects.exists(), "the task that sends the token creates it"


def test_registering_a_known_address_changes_nothing_and_notifies_its_owner(
    anna, rows, django_capture_on_commit_callbacks
) -> None:
    before = rows()
    with django_capture_on_commit_callbacks() as callbacks:
        services.people.register(anna.email.upper(), password=NEW_PASSWORD, first_name="M", last_name="M")
    assert rows() == before
    assert queued_tasks(callbacks) == [("send_already_registered", anna.id)]
    tasks.send_already_registered(anna.id)
    assert mail.outbox[0].to == [anna.email]
    assert mail.outbox[0].subject == "You already have an account"


def test_a_weak_password_registers_nobody() -> None:
    with pytest.raises(Invalid) as caught:
        services.people.register("a@example.com", password="short", first_name="A", last_name="B")
    assert [error.field for error in caught.value.errors] == ["password"]
    assert not User.objects.exists() and not Team.objects.exists()


def test_a_profile_changes_only_the_given_names(anna) -> None:
    assert services.people.update_profile(anna.id, first_name="Anna").first_name == "Anna"
    changed = services.people.update_profile(anna.id, last_name="Test")
    assert (changed.first_name, changed.last_name) == ("Anna", "Test")
    assert services.people.update_profile(anna.id) == changed
    with pytest.raises(NotFound):
        services.people.profile(0)


def test_deactivation_ends_everything_at_once(anna, ben, concurrently) -> None:
    key = services.keys.create_key(anna.principal, name="k")
    assert services.principals.principal_of_key(key.text)
    services.people.deactivate(anna.id)
    for attempt in (
        lambda: services.principals.principal_of_token(anna.access),
        lambda: services.principals.principal_of_key(key.text),
        lambda: services.sessions.refresh(anna.refresh),
        lambda: services.sessions.log_in(anna.email, password=PASSWORD),
    ):
        with pytest.raises(Unauthenticated):
            attempt()
    assert ben.principal
    with pytest.raises(NotFound):
        services.people.deactivate(0)


def test_sixteen_registrations_of_one_address_make_one_user(
    http, fresh_email, concurrently, until_admitted
) -> None:
    email = fresh_email()

    def register() -> Any:
        body = {"email": email, "firstName": "A", "lastName": "B", "password": PASSWORD}
        return http.post("/core/register", json=body)

    answers = concurrently(8, lambda: until_admitted(register))
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert http.post("/core/login", json={"email": email, "password": PASSWORD}).status_code == 200
