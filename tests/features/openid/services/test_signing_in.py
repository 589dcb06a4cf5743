"""Which account an identity of the provider signs in to."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import services
from accounts.models import Team, User
from accounts.principal import ApiKeyPrincipal
from accounts.services.second_factor import verification
from audit.models import AuditEntry
from engine import Forbidden, Invalid, Unauthenticated
from features.openid.models import OpenIdIdentity
from features.openid.services import signing_in
from features.openid.services.tokens import OpenIdClaims
from tests.accounts.second_factors import enable
from tests.features.openid.provider import FakeProvider

pytestmark = pytest.mark.django_db
PASSWORD = "a-strong-and-secure-password"


@pytest.fixture(autouse=True)
def cheap_hashes(settings: Any) -> None:
    settings.PASSWORD_HASH_MEMORY_KIB = 64


def claims(email: str = "ada@example.com", subject: str = "u-1") -> OpenIdClaims:
    return OpenIdClaims("https://id.example.com", subject, email, "Ada", "L")


def registered(email: str = "ada@example.com", *, verified: bool = True) -> int:
    user_id = services.people.register(email, password=PASSWORD)
    if verified:
        User.objects.filter(pk=user_id).update(email_verified_at="2026-01-01T00:00:00Z")
    return user_id


def test_an_account_with_the_verified_address_is_linked_and_keeps_what_it_has() -> None:
    user_id = registered()
    assert signing_in.user_of(claims("Ada@Example.com")) == user_id
    assert OpenIdIdentity.objects.get().user_id == user_id
    linked = AuditEntry.objects.get(action="openid.link")
    assert (linked.actor, linked.detail) == (f"u{user_id}", {"issuer": "https://id.example.com"})
    assert services.sessions.log_in("ada@example.com", password=PASSWORD)


def test_a_linked_account_is_found_by_its_subject_whatever_its_address() -> None:
    user_id = registered()
    signing_in.user_of(claims())
    assert signing_in.user_of(claims("another@example.com")) == user_id
    assert signing_in.user_of(claims("")) == user_id
    assert OpenIdIdentity.objects.count() == 1


def test_an_address_that_is_not_verified_links_nothing() -> None:
    registered()
    with pytest.raises(Forbidden, match="has not verified"):
        signing_in.user_of(claims(""))
    assert not OpenIdIdentity.objects.exists()


def test_an_unknown_address_is_refused_by_default() -> None:
    with pytest.raises(Forbidden, match="No account here has the address ada@"):
        signing_in.user_of(claims())
    assert not User.objects.exists() and not OpenIdIdentity.objects.exists()


def test_accounts_are_created_by_a_setting(settings: Any) -> None:
    settings.OPENID_CREATE_ACCOUNTS = True
    user_id = signing_in.user_of(claims())
    user = User.objects.get()
    assert (user.pk, user.email, user.first_name, user.has_usable_password()) == (
        user_id,
        "ada@example.com",
        "Ada",
        False,
    )
    assert user.email_verified_at is not None and not user.is_admin
    assert Team.objects.filter(memberships__user=user_id, personal=True).count() == 1
    with pytest.raises(Unauthenticated):
        services.sessions.log_in("ada@example.com", password="")
    assert signing_in.user_of(claims()) == user_id


def test_who_registered_the_address_of_another_person_loses_access() -> None:
    user_id = registered(verified=False)
    tokens = services.sessions.log_in("ada@example.com", password=PASSWORD)
    stranger = services.principals.principal_of_token(tokens.access)
    key = services.keys.create_key(stranger, name="k").text
    assert isinstance(services.principals.principal_of_key(key), ApiKeyPrincipal)
    enable(stranger, PASSWORD)
    assert signing_in.user_of(claims()) == user_id
    services.principals.invalidate_all()
    for resolve, credential in (
        (services.principals.principal_of_token, tokens.access),
        (services.principals.principal_of_key, key),
        (services.sessions.refresh, tokens.refresh),
    ):
        with pytest.raises(Unauthenticated):
            resolve(credential)
    with pytest.raises(Unauthenticated):
        services.sessions.log_in("ada@example.com", password=PASSWORD)
    assert not verification.is_enabled(user_id)
    assert User.objects.get().email_verified_at is not None


def test_a_deactivated_account_is_refused() -> None:
    user_id = registered()
    signing_in.user_of(claims())
    services.people.deactivate(user_id)
    with pytest.raises(Forbidden, match="deactivated"):
        signing_in.user_of(claims())


def test_a_deleted_account_leaves_no_identity() -> None:
    user_id = registered()
    signing_in.user_of(claims())
    services.account_deletion.delete_account(services.principals.principal_of_user(user_id))
    assert not OpenIdIdentity.objects.exists()


def test_from_the_provider_and_back(fake_provider: FakeProvider) -> None:
    user_id = registered()
    address, pending = signing_in.begin(next_page="/dashboard/team")
    assert address.startswith(f"{fake_provider.url}/authorize?response_type=code")
    assert pending.verifier not in address and pending.verifier not in repr(pending)
    params = fake_provider.authorize(address)
    assert signing_in.complete(pending.stored(), params=params) == user_id


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"state": "other"}, Invalid),
        ({"state": ""}, Invalid),
        ({"iss": "http://127.0.0.1/other"}, Forbidden),
        ({"code": ""}, Forbidden),
    ],
)
def test_what_comes_back_wrong(fake_provider: FakeProvider, change: dict[str, str], kind: type[Exception]) -> None:
    registered()
    address, pending = signing_in.begin(next_page="")
    params = {**fake_provider.authorize(address), **change}
    with pytest.raises(kind):
        signing_in.complete(pending.stored(), params=params)
    assert not OpenIdIdentity.objects.exists() and "/token" not in fake_provider.requests


def test_without_a_started_sign_in_nothing_is_exchanged(fake_provider: FakeProvider) -> None:
    address, _ = signing_in.begin(next_page="")
    with pytest.raises(Invalid):
        signing_in.complete(None, params=fake_provider.authorize(address))
    with pytest.raises(Invalid):
        signing_in.complete(None, params={})
    assert "/token" not in fake_provider.requests


def test_a_provider_that_names_itself_must_do_so(fake_provider: FakeProvider) -> None:
    fake_provider.document = {"authorization_response_iss_parameter_supported": True}
    user_id = registered()
    for iss, refused in (("", True), (fake_provider.url, False)):
        address, pending = signing_in.begin(next_page="")
        params = fake_provider.authorize(address) | ({"iss": iss} if iss else {})
        if refused:
            with pytest.raises(Forbidden):
                signing_in.complete(pending.stored(), params=params)
        else:
            assert signing_in.complete(pending.stored(), params=params) == user_id
