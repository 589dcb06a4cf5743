"""The operator's way out for people who lost their app and their recovery codes."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import SecondFactor
from tests.accounts.conftest import PASSWORD
from tests.accounts.second_factors import enable

pytestmark = pytest.mark.django_db


def test_it_turns_two_step_sign_in_off(anna, ben) -> None:
    for person in (anna, ben):
        enable(person.principal, PASSWORD)
    output = StringIO()
    call_command("disable_second_factor", anna.email.upper(), stdout=output)
    assert output.getvalue() == f"Two-step sign-in of {anna.email.upper()} is off.\n"
    assert list(SecondFactor.objects.values_list("user", flat=True)) == [ben.id]


@pytest.mark.parametrize("email", ["nobody@example.com", "", "\0"])
def test_it_names_what_it_does_not_find(anna, email: str) -> None:
    with pytest.raises(CommandError, match="No account with two-step sign-in"):
        call_command("disable_second_factor", email)
    with pytest.raises(CommandError, match="No account with two-step sign-in"):
        call_command("disable_second_factor", anna.email)
