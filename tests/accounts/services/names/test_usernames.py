"""Usernames: their form, those that are made from addresses, and reservations."""

from __future__ import annotations

import importlib
import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from accounts import services
from accounts.models import OneTimeToken, User
from accounts.services.names import usernames
from engine import Conflict, Invalid, NotFound

pytestmark = pytest.mark.django_db
PASSWORD = "a-strong-and-secure-password"


@pytest.mark.parametrize(("text", "name"), [("john", "john"), (" John.Doe_1 ", "john.doe_1"), ("7", "7")])
def test_a_username_is_stored_in_lower_case(text: str, name: str) -> None:
    assert usernames.normal(text) == name


@pytest.mark.parametrize(
    "text", ["", " ", "a@b", "a b", "-a", "a.", "é", "x" * 65, "a\0b", "a/b", "invite", "reset-password", "a\n\nb"]
)
def test_a_malformed_username_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as error:
        usernames.normal(text)
    assert [issue.field for issue in error.value.errors] == ["username"]


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("joe@example.com", r"joe"),
        ("Joe.Doe+news@example.com", r"joe\.doe-news"),
        ("__@example.com", r"user"),
        ("invite@example.com", r"invite-\d{6}"),
        ("x" * 64 + "@example.com", r"x{56}"),
    ],
)
def test_a_username_is_made_from_the_address(email: str, expected: str) -> None:
    first, second = (name for name, _ in zip(usernames.candidates(email), range(2), strict=False))
    assert re.fullmatch(expected, first)
    assert usernames.normal(first) == first
    assert re.fullmatch(r".+-\d{6}", second)


def test_people_with_the_same_local_part_have_different_usernames() -> None:
    for domain in ("a", "b", "c"):
        services.people.register(f"joe@{domain}.example.com", password=PASSWORD)
    names = list(User.objects.order_by("pk").values_list("username", flat=True))
    assert names[0] == "joe"
    assert len(set(names)) == 3


def test_a_chosen_username_is_unique_whatever_the_address() -> None:
    assert services.people.register("joe@example.com", password=PASSWORD, username="Joe") is not None
    for email in ("joe@example.com", "other@example.com"):
        with pytest.raises(Conflict, match=usernames.TAKEN):
            services.people.register(email, password=PASSWORD, username="joe")
    assert User.objects.count() == 1


def test_a_registered_address_reserves_the_username_as_a_new_one_would_take_it() -> None:
    services.people.register("joe@example.com", password=PASSWORD, username="joe")
    assert services.people.register("joe@example.com", password=PASSWORD, username="jim") is None
    with pytest.raises(Conflict):
        services.people.register("new@example.com", password=PASSWORD, username="jim")
    OneTimeToken.objects.filter(purpose="name").update(expires_at=timezone.now() - timedelta(seconds=1))
    assert services.people.register("new@example.com", password=PASSWORD, username="jim") is not None


def test_people_are_found_by_username_or_address() -> None:
    user_id = services.people.register("joe@example.com", password=PASSWORD, username="joe")
    assert [usernames.user_of(text).pk for text in ("joe", " JOE ", "Joe@Example.com")] == [user_id] * 3
    assert [usernames.user_of(text) for text in ("jim", "", "\0", "x" * 10_000)] == [None] * 4
    assert [usernames.account_of(text) for text in ("joe", "jim")] == ["joe@example.com", "jim"]
    assert usernames.id_of("joe") == user_id
    services.people.deactivate(user_id)
    for name in ("joe", "joe@example.com", "jim"):
        with pytest.raises(NotFound):
            usernames.id_of(name)


def test_the_migration_names_everyone_once() -> None:
    emails = ["joe@a.example.com", "joe@b.example.com", "invite@a.example.com", "++@a.example.com"]
    ids = [User.objects.create(email=email).pk for email in emails]
    taken = User.objects.create(email="x@example.com", username=f"joe-{ids[1]}")
    migration = importlib.import_module("accounts.migrations.0002_usernames_and_tokens")
    migration.name_everyone(apps, None)
    names = [User.objects.get(pk=pk).username for pk in ids]
    assert names == ["joe", f"joe-{ids[1]}-0", f"invite-{ids[2]}", "user"]
    assert User.objects.get(pk=taken.pk).username == f"joe-{ids[1]}"
