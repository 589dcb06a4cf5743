"""Two-step sign-in over HTTP: exact statuses and bodies."""

from __future__ import annotations

import pytest

from accounts import services, tasks
from accounts.models import RecoveryCode, SecondFactor, User
from accounts.services.second_factor import challenges, verification
from tests.accounts.conftest import PASSWORD
from tests.accounts.second_factors import app_code, code_of, enable, forget_steps, wrong_code

pytestmark = pytest.mark.django_db
OFF = {"enabled": False, "enabled_at": None, "recovery_codes_left": 0}
REQUIRED = ["This field is required."]
TOO_MANY = {"error": "Too many requests; try again later."}


def log_in(ask, person):
    return ask("POST /core/login", {"email": person.email, "password": PASSWORD})


def test_enrol_confirm_and_sign_in(ask, anna) -> None:
    assert ask("GET /core/second-factor", auth=anna.bearer).status_and_body == (200, OFF)
    created = ask("POST /core/second-factor", {"password": PASSWORD}, auth=anna.bearer)
    assert (created.status, sorted(created.body)) == (201, ["secret", "uri"])
    assert log_in(ask, anna).status == 200  # not before it is confirmed
    code = code_of(created.body["secret"])
    confirmed = ask("POST /core/second-factor/confirm", {"code": code}, auth=anna.bearer)
    assert (confirmed.status, len(confirmed.body["recovery_codes"])) == (200, 10)
    status = ask("GET /core/second-factor", auth=anna.bearer).body
    assert (status["enabled"], status["recovery_codes_left"]) == (True, 10)

    first = log_in(ask, anna)
    assert (first.status, sorted(first.body)) == (401, ["challenge", "code", "error"])
    assert (first.body["code"], first.body["error"]) == ("second_factor_required", challenges.REQUIRED)
    replayed = ask("POST /core/login/second-factor", {"challenge": first.body["challenge"], "code": code})
    assert replayed.status_and_body == (401, {"error": verification.REFUSED})
    second = {"challenge": first.body["challenge"], "code": app_code(anna.id, steps=1)}
    pair = ask("POST /core/login/second-factor", second)
    assert (pair.status, sorted(pair.body)) == (200, ["access", "refresh"])
    assert ask("GET /core/profile", auth=f"Bearer {pair.body['access']}").status == 200


def test_a_challenge_gives_no_access(ask, anna) -> None:
    enable(anna.principal, PASSWORD)
    challenge = log_in(ask, anna).body["challenge"]
    assert ask("GET /core/profile", auth=f"Bearer {challenge}").status == 401
    assert ask("POST /core/token/refresh", {"refresh": challenge}).status == 401


def test_a_recovery_code_signs_in_once(ask, anna) -> None:
    recovery = enable(anna.principal, PASSWORD)[0]
    body = {"challenge": log_in(ask, anna).body["challenge"], "code": recovery}
    assert ask("POST /core/login/second-factor", body).status == 200
    assert ask("POST /core/login/second-factor", body).status == 401


def test_wrong_passwords_and_unknown_accounts_look_as_before(ask, anna) -> None:
    enable(anna.principal, PASSWORD)
    wrong = ask("POST /core/login", {"email": anna.email, "password": "wrong"})
    unknown = ask("POST /core/login", {"email": "nobody@example.com", "password": "wrong"})
    assert wrong.status_and_body == unknown.status_and_body == (401, {"error": "Invalid credentials"})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"challenge": 1, "code": 2}, 400),
        ({"challenge": "x", "code": "1" * 65}, 400),
        ({"challenge": "x", "code": "000000", "other": 1}, 400),
        ({"challenge": "nonsense", "code": "000000"}, 401),
    ],
)
def test_a_bad_second_step(ask, body, status: int) -> None:
    answer = ask("POST /core/login/second-factor", body)
    assert (answer.status, list(answer.body)) == (status, ["error"])


def test_codes_are_counted_for_the_account_whatever_the_challenge(ask, anna, settings) -> None:
    settings.SECOND_FACTOR_ATTEMPTS = 3
    enable(anna.principal, PASSWORD)
    wrong = wrong_code(anna.id)
    for _ in range(3):
        body = {"challenge": log_in(ask, anna).body["challenge"], "code": wrong}
        assert ask("POST /core/login/second-factor", body).status == 401
    body = {"challenge": log_in(ask, anna).body["challenge"], "code": app_code(anna.id)}
    refused = ask("POST /core/login/second-factor", body)
    assert refused.status_and_body == (429, TOO_MANY)
    assert int(refused.headers["Retry-After"]) > 0
    # Whoever knew the password knows it no more, and the owner need not wait.
    services.passwords.change_password(anna.principal, current=PASSWORD, password="another-strong-password")
    again = ask("POST /core/login", {"email": anna.email, "password": "another-strong-password"})
    body = {"challenge": again.body["challenge"], "code": app_code(anna.id)}
    assert ask("POST /core/login/second-factor", body).status == 200


def test_new_recovery_codes_and_the_end(ask, anna) -> None:
    enable(anna.principal, PASSWORD)
    proof = {"password": PASSWORD, "code": app_code(anna.id)}
    codes = ask("POST /core/second-factor/recovery-codes", proof, auth=anna.bearer)
    assert (codes.status, len(codes.body["recovery_codes"])) == (200, 10)
    refused = ask("POST /core/second-factor/disable", proof, auth=anna.bearer)
    assert refused.status_and_body == (400, {"code": [verification.REFUSED]})
    forget_steps(anna.id)
    done = ask("POST /core/second-factor/disable", proof, auth=anna.bearer)
    assert done.status_and_body == (200, {"message": "Two-step sign-in is disabled."})
    assert not SecondFactor.objects.exists() and not RecoveryCode.objects.exists()
    assert log_in(ask, anna).status == 200


@pytest.mark.parametrize(
    ("route", "body", "expected"),
    [
        ("", {}, (400, {"password": REQUIRED})),
        ("", {"password": "wrong"}, (400, {"password": ["This is not your password."]})),
        ("/confirm", {}, (400, {"code": REQUIRED})),
        ("/confirm", {"code": "000000"}, (409, {"detail": "There is nothing to confirm: enrol first."})),
        ("/disable", {}, (400, {"password": REQUIRED, "code": REQUIRED})),
        (
            "/recovery-codes",
            {"password": PASSWORD, "code": "1"},
            (409, {"detail": "Two-step sign-in is not enabled."}),
        ),
    ],
)
def test_refused_changes(ask, anna, rows, route: str, body, expected) -> None:
    before = rows()
    assert ask(f"POST /core/second-factor{route}", body, auth=anna.bearer).status_and_body == expected
    assert rows() == before and not SecondFactor.objects.exists()


def test_keys_are_refused(ask, anna) -> None:
    key = services.keys.create_key(anna.principal, name="k")
    assert ask("GET /core/second-factor", auth=f"Api-Key {key.text}").status == 403
    assert ask("POST /core/second-factor", {"password": PASSWORD}, auth=f"Api-Key {key.text}").status == 403


def reset_password(person, token_in_mail) -> None:
    tasks.send_password_reset(person.id)
    token = token_in_mail("/core/password-reset/confirm/")
    services.passwords.confirm_password_reset(token, password="another-strong-password")


def test_a_password_reset_keeps_the_second_step(ask, anna, token_in_mail) -> None:
    User.objects.filter(pk=anna.id).update(email_verified_at="2026-01-01T00:00:00Z")
    enable(anna.principal, PASSWORD)
    reset_password(anna, token_in_mail)
    answer = ask("POST /core/login", {"email": anna.email, "password": "another-strong-password"})
    assert (answer.status, answer.body["code"]) == (401, "second_factor_required")


def test_the_second_step_of_a_stranger_does_not_keep_the_owner_of_an_address_out(ask, anna, token_in_mail) -> None:
    enable(anna.principal, PASSWORD)  # whoever registered has not verified the address
    reset_password(anna, token_in_mail)
    answer = ask("POST /core/login", {"email": anna.email, "password": "another-strong-password"})
    assert answer.status == 200
