"""Codes: which are accepted, and each of them once."""

from __future__ import annotations

import pytest

from accounts.models import RecoveryCode, SecondFactor
from accounts.services.second_factor import enrolment, verification
from tests.accounts.conftest import PASSWORD
from tests.accounts.second_factors import app_code, enable, forget_steps, wrong_code

pytestmark = pytest.mark.django_db


def test_a_code_is_accepted_once_and_older_ones_no_more(anna) -> None:
    enable(anna.principal, PASSWORD)
    code, next_code = app_code(anna.id), app_code(anna.id, steps=1)
    assert verification.accepts(anna.id, code)
    assert not verification.accepts(anna.id, code)
    assert verification.accepts(anna.id, f"{next_code[:3]} {next_code[3:]}")
    assert not verification.accepts(anna.id, next_code)
    assert not verification.accepts(anna.id, code)


@pytest.mark.django_db(transaction=True)
def test_of_concurrent_senders_of_a_code_one_succeeds(anna, concurrently) -> None:
    enable(anna.principal, PASSWORD)
    code = app_code(anna.id)
    assert sorted(concurrently(8, lambda: verification.accepts(anna.id, code))) == [*[False] * 7, True]


@pytest.mark.parametrize("steps", [-10, -3, 3, 10])
def test_codes_of_other_minutes_are_refused(anna, steps: int) -> None:
    enable(anna.principal, PASSWORD)
    valid = {app_code(anna.id, steps=near) for near in range(-2, 3)}
    code = app_code(anna.id, steps=steps)
    assert code in valid or not verification.accepts(anna.id, code)


@pytest.mark.parametrize("code", ["", " ", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "\0", "x" * 10_000, "\ud800"])
def test_what_is_no_code_is_refused(anna, code: str) -> None:
    enable(anna.principal, PASSWORD)
    assert not verification.accepts(anna.id, code)


def test_a_recovery_code_is_accepted_once_in_any_spelling(anna) -> None:
    codes = enable(anna.principal, PASSWORD)
    assert verification.accepts(anna.id, f" {codes[0].upper().replace('-', ' ')} ")
    assert not verification.accepts(anna.id, codes[0])
    assert verification.accepts(anna.id, codes[1].replace("-", ""))
    assert enrolment.status(anna.principal).recovery_codes_left == enrolment.RECOVERY_CODES - 2


def test_codes_of_others_are_refused(anna, ben) -> None:
    codes, _ = enable(anna.principal, PASSWORD), enable(ben.principal, PASSWORD)
    assert not verification.accepts(ben.id, codes[0])
    assert not verification.accepts(ben.id, wrong_code(ben.id))
    assert verification.accepts(anna.id, codes[0])


def test_nothing_is_accepted_without_a_confirmed_factor(anna) -> None:
    assert not verification.accepts(anna.id, "000000")
    enrolment.enrol(anna.principal, password=PASSWORD)
    assert not verification.accepts(anna.id, app_code(anna.id))
    assert not verification.is_enabled(anna.id)


def test_secrets_are_stored_encrypted_and_recovery_codes_hashed(anna) -> None:
    secret = enrolment.enrol(anna.principal, password=PASSWORD).secret
    stored = SecondFactor.objects.get(user=anna.id).secret
    assert secret not in stored and verification.SECRETS.decrypt(stored) == secret
    codes = enrolment.confirm(anna.principal, code=app_code(anna.id))
    digests = set(RecoveryCode.objects.filter(user=anna.id).values_list("digest", flat=True))
    assert digests == {verification.digest(code) for code in codes}
    assert not any(code in digest or code.replace("-", "") in digest for code in codes for digest in digests)


def test_a_secret_of_another_secret_key_accepts_nothing(anna, settings) -> None:
    enable(anna.principal, PASSWORD)
    code = app_code(anna.id)
    settings.SECRET_KEY = "another-secret-key-of-this-installation"
    assert not verification.accepts(anna.id, code)
    forget_steps(anna.id)
