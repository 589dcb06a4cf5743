"""The subscription of a team."""

from __future__ import annotations

import secrets

import pytest

from accounts.models import Team
from accounts.services.names.billing import end_subscription, set_subscription
from engine import Conflict, Invalid, NotFound


def test_a_subscription_belongs_to_one_team(db: None) -> None:
    team = Team.objects.create(name=secrets.token_hex(8))
    number = 5_000_000 + team.pk
    set_subscription(number, team=team.name, plan="4", email="a@example.com")
    set_subscription(number, team="", plan="", email="b@example.com")
    stored = {"plan": None, "subscription_id": number, "email_address": "b@example.com"}
    assert Team.objects.get(pk=team.pk).billing == stored
    with pytest.raises(Conflict, match="another subscription"):
        set_subscription(number + 1, team=team.name, plan="", email="")
    with pytest.raises(NotFound):
        set_subscription(number + 1, team=f"{team.name}\0x", plan="", email="")
    with pytest.raises(Invalid):
        set_subscription(number, team="", plan="\0", email="x" * 255)
    end_subscription(number + 1)
    assert Team.objects.get(pk=team.pk).billing == stored
    end_subscription(number)
    assert Team.objects.get(pk=team.pk).billing == {**stored, "subscription_id": None}
