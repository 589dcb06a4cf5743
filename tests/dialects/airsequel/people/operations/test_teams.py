"""Requests about teams."""

from __future__ import annotations

from dialects.airsequel.people.operations.teams import TeamChange


def test_only_the_members_that_were_sent_change_the_billing() -> None:
    assert TeamChange.parse({"name": "x"}).billing == {}
    sent = {"billing_plan": None, "billing_subscription_id": 7}
    assert TeamChange.parse(sent).billing == {"plan": None, "subscription_id": 7}
