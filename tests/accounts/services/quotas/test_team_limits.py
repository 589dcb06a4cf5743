"""Limits of a team: set by the operator, and the quota of keys."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts import services
from accounts.services.quotas import team_limits
from engine import Forbidden, Invalid, NotFound

pytestmark = pytest.mark.django_db


def test_limits_are_merged_and_reset(anna) -> None:
    team = anna.principal.home_team
    assert team_limits.set_limits(team, {"keys": 3, "bytes": 10}) == {"keys": 3, "bytes": 10}
    assert team_limits.set_limits(team, {"bytes": None, "documents": 5}) == {"keys": 3, "documents": 5}
    assert team_limits.own_limits(team) == {"keys": 3, "documents": 5}
    assert team_limits.own_limits(0) == {}


def test_every_wrong_limit_is_reported(anna, settings) -> None:
    with pytest.raises(Invalid) as caught:
        team_limits.set_limits(anna.principal.home_team, {"x": 1, "keys": -1, "import_bytes": 2**52})
    assert [error.field for error in caught.value.errors] == ["x", "keys", "import_bytes"]
    with pytest.raises(NotFound):
        team_limits.set_limits(0, {"keys": 1})


def test_the_quota_of_keys(anna, ben) -> None:
    team_limits.set_limits(anna.principal.home_team, {"keys": 1})
    services.keys.create_key(anna.principal, name="k")
    with pytest.raises(Forbidden, match=r"quota `keys` is reached: 1 of 1 are used\. It does not reset"):
        services.keys.create_key(anna.principal, name="k")
    services.keys.create_key(ben.principal, name="k")


def output(*arguments: str) -> str:
    stream = StringIO()
    call_command("team_limits", *arguments, stdout=stream)
    return stream.getvalue()


def test_the_command_shows_and_sets_limits(anna) -> None:
    text = output(anna.email, "documents=1000", "requests_per_minute=60")
    lines = {line.split()[0]: line.split()[1:] for line in text.splitlines()}
    assert lines["documents"] == ["1000", "set", "for", "the", "team"]
    assert lines["bytes"] == ["none", "QUOTA_BYTES"]
    assert anna.principal.request_limits[0].limit == 60
    team = str(anna.principal.home_team)
    assert "none  QUOTA_DOCUMENTS" in output(team, "documents=default")
    assert "requests_per_minute" in output(team)


@pytest.mark.parametrize("argument", ["documents", "documents=x", "documents=-1", "rows=1", "documents=١"])
def test_the_command_refuses_what_it_does_not_know(anna, argument: str) -> None:
    with pytest.raises(CommandError):
        output(anna.email, argument)
    with pytest.raises(CommandError, match="no team"):
        output("nobody@example.com")
