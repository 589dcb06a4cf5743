"""The usage page: limits with their use, and requests by day, database and caller."""

from __future__ import annotations

import secrets

import pytest

import accounts.services
import engine
from accounts.models import ApiKey
from accounts.services.quotas import team_limits
from dashboard.team.usage import LimitRow
from features.usage.report import LimitUse
from features.usage.services import by_caller
from tests.dashboard.conftest import Browser, text_of


def test_the_page_shows_use_and_limits(anna: Browser, films: engine.Database) -> None:
    key = accounts.services.keys.create_key(anna.principal, name="shop", rate=60)
    key_id = secrets.randbits(40)  # Valkey, which all processes share, counts the requests by it
    ApiKey.objects.filter(pk=key.id).update(id=key_id)
    team = anna.principal.home_team
    team_limits.set_limits(team, {"documents": 4000, "requests_per_month": 50})
    today = by_caller.timezone.now().timestamp() // by_caller.SECONDS_OF_DAY
    by_caller.add({(team, f"k{key_id}", films.id, int(today)): [41, 3, 2], (team, "u1", "", int(today)): [7, 0, 0]})
    page = text_of(anna.get("usage"))
    assert "4,000" in page and "Requests this month" in page
    assert "0 of 60 this minute" in page and "41" in page and films.name in page
    assert anna.get("usage").context["usage"].people.requests == 7


def test_an_editor_sees_no_keys(anna: Browser, ben: Browser) -> None:
    accounts.services.keys.create_key(anna.principal, name="secret name")
    assert "secret name" not in text_of(ben.get("usage"))


@pytest.mark.parametrize(
    ("used", "limit", "number", "size"),
    [
        (2000, 4000, "2,000 of 4,000", "2.0 kB of 4.0 kB"),
        (2000, None, "2,000, no limit", "2.0 kB, no limit"),
        (None, 4000, "4,000", "4.0 kB"),
        (None, None, "no limit", "no limit"),
    ],
)
def test_a_limit_as_text(used: int | None, limit: int | None, number: str, size: str) -> None:
    use = LimitUse("a", used, limit)
    assert [LimitRow("a", use, is_size=is_size).text for is_size in (False, True)] == [number, size]


def test_shares() -> None:
    assert LimitRow("a", LimitUse("a", 45, 60), is_size=False).percent == 75
    assert LimitRow("a", LimitUse("a", 99, 60), is_size=False).percent == 100
    assert LimitRow("a", LimitUse("a", None, 60), is_size=False).percent is None
    assert LimitRow("a", LimitUse("a", 45, None), is_size=False).percent is None
