"""Events of Paddle Classic: signed, once, in their order, and off by default."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from django.test import Client

from accounts.models import Team
from features.billing.models import PaddleEvent
from tests.dialects.airsequel.support import SAMPLES, Airsequel, failed, result_of
from tests.features.billing.test_signature import PUBLIC_KEY, signed

PUBLISHED = dict(parse_qsl(SAMPLES["POST /api/events/paddle"]["request"], keep_blank_values=True))
PUBLISHED.pop("p_signature")
REFUSED = failed(403, "The signature or the key is wrong.")


def send(fields: dict[str, str], *, key: str = "k") -> tuple[int, Any]:
    answer = Client().post(
        f"/api/events/paddle?key={key}", urlencode(fields), content_type="application/x-www-form-urlencoded"
    )
    return answer.status_code, json.loads(answer.content)


def event(team: Team, **changes: str) -> dict[str, str]:
    """Return the published event for a team, with an id of its own."""
    subscription = str(1_000_000 + team.pk)
    data = json.dumps({"airsequel_instance": "corp.airsequel.net", "airsequel_team_name": team.name})
    fields = {"alert_id": secrets.token_hex(8), "subscription_id": subscription, "custom_data": data}
    return {**PUBLISHED, **fields, **changes}


def billing_of(team: Team) -> Any:
    return Team.objects.get(pk=team.pk).billing


@pytest.fixture
def team(db: None, settings: Any) -> Team:
    settings.PADDLE_PUBLIC_KEY, settings.PADDLE_KEY = PUBLIC_KEY, "k"
    return Team.objects.create(name=f"cool-team-{secrets.token_hex(4)}")


def test_events_are_off_by_default(airsequel: Airsequel) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = airsequel.ask("POST /api/events/paddle", content=urlencode(PUBLISHED), headers=headers, auth="")
    assert result_of(answer) == failed(404, "Not found or access denied")


def test_a_subscription_is_made_changed_and_ended(team: Team) -> None:
    created = event(team)
    assert send(signed(created)) == (200, {})
    first = {"plan": "4", "subscription_id": 1_000_000 + team.pk, "email_address": "john@example.org"}
    assert billing_of(team) == first
    updated = event(
        team, alert_name="subscription_updated", subscription_plan_id="5", event_time="2023-08-07 10:00:00"
    )
    updated.pop("custom_data")
    assert send(signed(updated)) == (200, {})
    assert billing_of(team) == {**first, "plan": "5"}
    assert send(signed(created)) == (200, {})  # repeated
    assert send(signed(event(team))) == (200, {})  # late
    assert send(signed(event(team, alert_name="payment_succeeded", event_time="2023-08-09"))) == (200, {})
    assert billing_of(team) == {**first, "plan": "5"}
    ended = event(team, alert_name="subscription_cancelled", event_time="2023-08-08 10:00:00")
    assert send(signed(ended)) == (200, {})
    assert billing_of(team) == {"plan": None, "subscription_id": None, "email_address": "john@example.org"}


def test_refused_events_change_nothing(team: Team) -> None:
    fields = event(team)
    valid = signed(fields)
    assert send({**fields, "p_signature": "123abc"}) == REFUSED
    assert send({**valid, "subscription_plan_id": "9"}) == REFUSED
    assert send(valid, key="") == REFUSED
    assert send(signed({})) == failed(
        400,
        *(
            f"{name}: Must have 1 to 50 characters without NUL."
            for name in ("alert_id", "alert_name", "event_time")
        ),
    )
    wrong = event(team, event_time="soon", subscription_id="7a")
    assert send(signed(wrong)) == failed(
        400,
        "event_time: Must be a time such as 2023-08-06 15:33:25.",
        "subscription_id: Must be a number of at most 18 digits.",
    )
    assert billing_of(team) is None
    assert not PaddleEvent.objects.filter(alert_id__in=[fields["alert_id"], wrong["alert_id"]]).exists()


def test_teams_that_cannot_have_the_subscription(team: Team) -> None:
    unknown = event(team, custom_data="{}", passthrough="[]")
    text = "No team has this subscription, and none has the name that the event gives."
    assert send(signed(unknown)) == failed(404, text)
    assert send(signed(event(team))) == (200, {})
    before = billing_of(team)
    assert send(signed(event(team, subscription_id="8"))) == failed(409, "The team has another subscription.")
    Team.objects.create(name=team.name)
    several = failed(409, "Several teams have the name that the event gives.")
    assert send(signed(event(team, subscription_id="8"))) == several
    assert send(signed(event(team, email="x" * 255))) == failed(
        400, "email: Must have at most 254 characters without NUL."
    )
    assert billing_of(team) == before
    assert not PaddleEvent.objects.filter(subscription_id=8).exists()
