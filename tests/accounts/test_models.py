"""Models of people and keys, as far as they need no database."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

import pytest
from django.db import models

from accounts import keys
from accounts.models import ApiKey, Invitation, Membership, OneTimeToken, Session, Team, User
from accounts.principal import ROLES
from accounts.serializers import NewKey, Registration


@pytest.mark.parametrize(
    ("email", "normal"),
    [
        ("anna@example.com", "anna@example.com"),
        (" Anna@Example.COM\n", "anna@example.com"),
        ("ÄNNA@exämple.com", "änna@exämple.com"),
        ("a nna@example.com", "a nna@example.com"),
        ("", ""),
    ],
)
def test_addresses_are_normalized(email: str, normal: str) -> None:
    assert User.objects.normal(email) == normal
    assert User.objects.normal(normal) == normal


@pytest.mark.parametrize("email", ["\0", "anna@example.com\0", "\0anna@example.com"])
def test_an_address_with_nul_belongs_to_nobody(email: str) -> None:
    """A query with NUL would be an error of PostgreSQL. Here any query is an error, as there is no database."""
    assert User.objects.by_email(email) is None


def test_a_new_user_has_no_privileges() -> None:
    user = User(email="anna@example.com")
    assert (user.is_active, user.is_admin, user.email_verified_at, user.generation) == (True, False, None, 0)
    assert user.get_username() == "anna@example.com"
    assert user.created_at.utcoffset() is not None


def test_users_have_no_column_for_their_last_login() -> None:
    assert "last_login" not in {field.name for field in User._meta.get_fields()}


def test_each_role_has_permissions_and_fits_its_columns() -> None:
    assert Membership.Role.values == [*ROLES]
    for model in (Membership, Invitation):
        field = model._meta.get_field("role")
        assert [value for value, _ in field.choices] == [*ROLES]
        assert max(map(len, ROLES)) <= field.max_length


def test_each_purpose_fits_its_column() -> None:
    assert OneTimeToken.Purpose.values == ["verify", "reset", "first", "name"]
    assert max(map(len, OneTimeToken.Purpose.values)) <= OneTimeToken._meta.get_field("purpose").max_length


@pytest.mark.parametrize(
    ("model", "name", "text"),
    [
        *((model, "digest", hashlib.sha256().hexdigest()) for model in (Invitation, ApiKey, OneTimeToken)),
        pytest.param(ApiKey, "public_id", keys.make().public_id, id="public id"),
        (ApiKey, "name", "x" * NewKey().fields["name"].max_length),
        (User, "email", "x" * Registration().fields["email"].max_length),
        (User, "first_name", "x" * Registration().fields["firstName"].max_length),
        (User, "last_name", "x" * Registration().fields["lastName"].max_length),
        (Team, "name", "x" * Registration().fields["email"].max_length),
        (Invitation, "email", "x" * Registration().fields["email"].max_length),
        pytest.param(Session, "current_jti", secrets.token_hex(16), id="jti"),
    ],
)
def test_a_column_is_long_enough(model: type[models.Model], name: str, text: str) -> None:
    assert len(text) <= model._meta.get_field(name).max_length


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (User, {"email", "username"}),
        (Invitation, {"digest"}),
        (ApiKey, {"public_id"}),
        (OneTimeToken, {"digest"}),
        (Session, {"digest"}),
    ],
)
def test_unique_columns(model: type[models.Model], names: set[str]) -> None:
    columns = {field.name for field in model._meta.concrete_fields if field.unique and not field.primary_key}
    assert columns == names


def test_a_member_has_one_role_and_an_address_one_open_invitation() -> None:
    (member,) = Membership._meta.constraints
    (invitation,) = Invitation._meta.constraints
    assert isinstance(member, models.UniqueConstraint) and isinstance(invitation, models.UniqueConstraint)
    assert (member.fields, member.condition) == (("team", "user"), None)
    assert (invitation.fields, invitation.condition) == (("team", "email"), models.Q(accepted_at=None))


@pytest.mark.parametrize("model", [Membership, Invitation, ApiKey, Session, OneTimeToken])
def test_what_belongs_to_a_user_or_a_team_is_deleted_with_it(model: type[models.Model]) -> None:
    links: list[Any] = [field for field in model._meta.concrete_fields if field.many_to_one]
    assert {field.remote_field.on_delete for field in links} == {models.CASCADE}


def test_sessions_have_random_ids() -> None:
    first, second = Session(), Session()
    assert first.id != second.id
    assert first.id.version == second.id.version == 4
