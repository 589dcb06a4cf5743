"""Adding an authenticator app to an account, and removing it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from accounts import tasks
from accounts.models import RecoveryCode, SecondFactor
from accounts.services.second_factor import enrolment, verification
from engine import Conflict, Invalid
from tests.accounts.conftest import PASSWORD
from tests.accounts.second_factors import app_code, enable, wrong_code

pytestmark = pytest.mark.django_db


def test_enrolling_shows_the_secret_as_text_and_for_a_qr_code(anna) -> None:
    created = enrolment.enrol(anna.principal, password=PASSWORD)
    parts = urlsplit(created.uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parse_qs(parts.query)["secret"] == [created.secret]
    assert anna.email.replace("@", "%40") in parts.path
    assert len(created.secret) >= 32
    assert created.secret not in repr(created)
    assert enrolment.pending(anna.principal) == created


def test_enrolling_again_replaces_what_is_not_confirmed(anna) -> None:
    first, second = (enrolment.enrol(anna.principal, password=PASSWORD) for _ in range(2))
    assert first.secret != second.secret
    assert enrolment.pending(anna.principal) == second
    assert SecondFactor.objects.count() == 1


def test_enrolling_needs_the_password(anna, rows) -> None:
    before = rows()
    with pytest.raises(Invalid) as caught:
        enrolment.enrol(anna.principal, password="wrong")
    assert [item.field for item in caught.value.errors] == ["password"]
    assert rows() == before and not SecondFactor.objects.exists()


def test_confirming_enables_it_and_returns_the_recovery_codes(anna) -> None:
    enrolment.enrol(anna.principal, password=PASSWORD)
    assert enrolment.status(anna.principal) == enrolment.FactorStatus()
    codes = enrolment.confirm(anna.principal, code=app_code(anna.id))
    status = enrolment.status(anna.principal)
    assert status.enabled_at is not None
    assert status.recovery_codes_left == len(set(codes)) == enrolment.RECOVERY_CODES
    assert enrolment.pending(anna.principal) is None


def test_a_wrong_code_confirms_nothing(anna) -> None:
    enrolment.enrol(anna.principal, password=PASSWORD)
    with pytest.raises(Invalid) as caught:
        enrolment.confirm(anna.principal, code=wrong_code(anna.id))
    assert [item.field for item in caught.value.errors] == ["code"]
    assert not verification.is_enabled(anna.id)


def test_what_is_out_of_order_is_a_conflict(anna) -> None:
    with pytest.raises(Conflict):
        enrolment.confirm(anna.principal, code="000000")
    for change in (enrolment.disable, enrolment.renew_recovery_codes):
        with pytest.raises(Conflict):
            change(anna.principal, password=PASSWORD, code="000000")
    enable(anna.principal, PASSWORD)
    with pytest.raises(Conflict):
        enrolment.enrol(anna.principal, password=PASSWORD)
    with pytest.raises(Conflict):
        enrolment.confirm(anna.principal, code=app_code(anna.id))


@pytest.mark.parametrize("change", [enrolment.disable, enrolment.renew_recovery_codes])
def test_changes_need_password_and_code(anna, change) -> None:
    codes = enable(anna.principal, PASSWORD)
    for password, code, field in (("wrong", codes[0], "password"), (PASSWORD, wrong_code(anna.id), "code")):
        with pytest.raises(Invalid) as caught:
            change(anna.principal, password=password, code=code)
        assert [item.field for item in caught.value.errors] == [field]
    assert enrolment.status(anna.principal).recovery_codes_left == enrolment.RECOVERY_CODES


def test_new_recovery_codes_replace_the_old_ones(anna) -> None:
    old = enable(anna.principal, PASSWORD)
    new = enrolment.renew_recovery_codes(anna.principal, password=PASSWORD, code=old[0])
    assert not set(old) & set(new)
    assert not verification.accepts(anna.id, old[1])
    assert verification.accepts(anna.id, new[1])


def test_disabling_removes_secret_and_recovery_codes(anna) -> None:
    enable(anna.principal, PASSWORD)
    enrolment.disable(anna.principal, password=PASSWORD, code=app_code(anna.id))
    assert not SecondFactor.objects.exists() and not RecoveryCode.objects.exists()
    assert not verification.is_enabled(anna.id)


def test_an_operator_removes_it_without_a_code(anna) -> None:
    assert not enrolment.remove(anna.id)
    enable(anna.principal, PASSWORD)
    assert enrolment.remove(anna.id)
    assert not verification.is_enabled(anna.id)


@pytest.mark.parametrize(
    ("task", "subject"),
    [
        (tasks.send_second_factor_enabled, "Two-step sign-in is on"),
        (tasks.send_second_factor_disabled, "Two-step sign-in is off"),
    ],
)
def test_the_owner_gets_a_mail(anna, mailoutbox, task, subject: str) -> None:
    task(anna.id)
    assert [(mail.to, mail.subject) for mail in mailoutbox] == [([anna.email], subject)]
