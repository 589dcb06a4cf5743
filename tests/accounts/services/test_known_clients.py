"""Clients that have signed in to an account, and the mail about a new one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import services, tasks
from accounts.models import KnownClient
from accounts.services import known_clients
from accounts.services.known_clients import SignInClient
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db
HOME = SignInClient("Firefox on Linux", "192.0.2.7")
CAFE = SignInClient("Firefox on Linux", "198.51.100.9")


@pytest.fixture
def queued(monkeypatch) -> list[int]:
    """Return the list of the clients about which a mail is queued."""
    ids: list[int] = []
    monkeypatch.setattr(known_clients, "after_commit", lambda task, argument: ids.append(argument))
    return ids


def sign_in(person, client: SignInClient) -> None:
    services.sessions.open_browser(person.email, password=PASSWORD, client=client)


def addresses(queued: list[int]) -> list[str]:
    return [KnownClient.objects.get(pk=pk).address for pk in queued]


def test_a_new_client_is_mailed_once(anna, queued) -> None:
    sign_in(anna, HOME)
    sign_in(anna, HOME)
    sign_in(anna, CAFE)
    sign_in(anna, SignInClient("Chrome on Android", HOME.address))
    assert addresses(queued) == [HOME.address, CAFE.address, HOME.address]


def test_the_first_sign_in_of_an_account_is_not_mailed(db, fresh_email, queued) -> None:
    email = fresh_email()
    user_id = services.people.register(email, password=PASSWORD)
    services.sessions.begin_browser(user_id, client=HOME)
    assert queued == []
    services.sessions.begin_browser(user_id, client=CAFE)
    assert addresses(queued) == [CAFE.address]


def test_programs_and_session_tokens_are_clients_too(anna, queued) -> None:
    services.sessions.log_in(anna.email, password=PASSWORD, client=SignInClient("", "192.0.2.1"))
    services.bearer.session_tokens.log_in(anna.email, password=PASSWORD, client=SignInClient("", "192.0.2.2"))
    assert addresses(queued) == ["192.0.2.1", "192.0.2.2"]


def test_a_wrong_password_makes_nothing_known(anna, queued) -> None:
    with pytest.raises(services.sessions.Unauthenticated):
        services.sessions.open_browser(anna.email, password="wrong", client=CAFE)
    assert not known_clients.is_known_address(anna.email, CAFE.address)
    assert queued == []


def test_the_mail_names_browser_address_and_time(anna, mailoutbox) -> None:
    sign_in(anna, HOME)
    row = KnownClient.objects.get()
    tasks.send_new_sign_in(row.pk)
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == ([anna.email], "New sign-in to your account")
    for text in ("Firefox on Linux", "192.0.2.7", f"{row.created_at:%Y-%m-%d %H:%M} UTC", "/dashboard/account"):
        assert text in mail.body
    services.people.deactivate(anna.id)
    tasks.send_new_sign_in(row.pk)
    tasks.send_new_sign_in(row.pk + 1)
    assert len(mailoutbox) == 1


def test_addresses_are_known_for_their_account_alone(anna, ben) -> None:
    sign_in(anna, HOME)
    assert known_clients.is_known_address(anna.email.upper(), HOME.address)
    assert not known_clients.is_known_address(anna.email, CAFE.address)
    assert not known_clients.is_known_address(ben.email, HOME.address)
    assert not known_clients.is_known_address("\0", HOME.address)


def test_the_oldest_are_forgotten_beyond_the_limit(anna, settings) -> None:
    settings.MAX_KNOWN_CLIENTS = 2
    for number in range(4):
        sign_in(anna, SignInClient("", f"192.0.2.{number}"))
    assert [item.address for item in known_clients.list_known(anna.principal)] == ["192.0.2.3", "192.0.2.2"]


def test_what_is_not_used_is_forgotten(anna, settings) -> None:
    sign_in(anna, HOME)
    sign_in(anna, CAFE)
    old = timezone.now() - timedelta(days=settings.KNOWN_CLIENT_DAYS, minutes=1)
    KnownClient.objects.filter(address=HOME.address).update(seen_at=old)
    tasks.forget_expired()
    assert [item.address for item in known_clients.list_known(anna.principal)] == [CAFE.address]


def test_a_mailed_reset_makes_the_client_known(anna, token_in_mail) -> None:
    tasks.send_password_reset(anna.id)
    token = token_in_mail("/core/password-reset/confirm/")
    services.passwords.confirm_password_reset(token, password="another-strong-password", client=CAFE)
    assert known_clients.is_known_address(anna.email, CAFE.address)


def test_an_export_has_them(anna) -> None:
    sign_in(anna, HOME)
    exported = services.account_deletion.export_account(anna.principal)
    assert [client["address"] for client in exported["known_clients"]] == [HOME.address]
    assert HOME.address in {session["address"] for session in exported["sessions"]}
