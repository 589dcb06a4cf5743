"""Challenges: what the right password gives while a code is missing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts import services, tokens
from accounts.models import User
from accounts.services.second_factor import challenges
from engine import Unauthenticated
from tests.accounts.conftest import PASSWORD
from tests.accounts.second_factors import app_code, enable, wrong_code

pytestmark = pytest.mark.django_db


def challenge(person) -> str:
    return challenges.challenge_for(User.objects.get(pk=person.id)).token


def test_there_is_none_without_a_second_factor(anna) -> None:
    assert challenges.challenge_for(User.objects.get(pk=anna.id)) is None


def test_a_challenge_and_a_code_name_the_user(anna) -> None:
    enable(anna.principal, PASSWORD)
    token = challenge(anna)
    assert token not in repr(challenges.Challenge(token))
    assert challenges.answer(token, code=app_code(anna.id)).pk == anna.id
    with pytest.raises(Unauthenticated):
        challenges.answer(token, code=wrong_code(anna.id))


def test_it_is_no_access_token_and_no_other_token_is_one(anna) -> None:
    enable(anna.principal, PASSWORD)
    for read in (tokens.read_access, tokens.read_refresh):
        with pytest.raises(Unauthenticated):
            read(challenge(anna))
    for other in (anna.access, anna.refresh, "nonsense"):
        assert not challenges.is_current(other)
        with pytest.raises(Unauthenticated):
            challenges.answer(other, code=app_code(anna.id))


def test_a_new_password_ends_it_and_counts_attempts_anew(anna) -> None:
    enable(anna.principal, PASSWORD)
    before, subject = challenge(anna), challenges.subject(challenge(anna))
    services.passwords.change_password(anna.principal, current=PASSWORD, password="another-strong-password")
    with pytest.raises(Unauthenticated):
        challenges.answer(before, code=app_code(anna.id))
    assert challenges.subject(challenge(anna)) != subject


def test_it_ends_with_the_account_and_with_its_time(anna, monkeypatch) -> None:
    enable(anna.principal, PASSWORD)
    token = challenge(anna)
    monkeypatch.setattr(tokens.ChallengeToken, "lifetime", timedelta(seconds=-1))
    assert not challenges.is_current(challenge(anna))
    assert challenges.is_current(token)
    services.people.deactivate(anna.id)
    with pytest.raises(Unauthenticated):
        challenges.answer(token, code=app_code(anna.id))
