"""The command that shows and sets the limits of a team."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.restrictions.limits import DEFAULTS
from accounts.services.quotas import team_limits

pytestmark = pytest.mark.django_db


def printed(capsys: Any, *arguments: str) -> dict[str, tuple[str, str]]:
    """Run the command and return value and origin by the name of the limit."""
    call_command("team_limits", *arguments)
    lines = [line.split(None, 2) for line in capsys.readouterr().out.splitlines()]
    return {name: (value, origin) for name, value, origin in lines}


def test_every_limit_is_shown_with_its_origin(anna: Any, capsys: Any, settings: Any) -> None:
    shown = printed(capsys, anna.email)
    assert [*shown] == [*DEFAULTS]
    assert shown["keys"] == (str(settings.MAX_KEYS), "MAX_KEYS")
    assert shown["documents"] == ("none", "QUOTA_DOCUMENTS")


def test_limits_are_set_by_the_id_or_the_person(anna: Any, capsys: Any) -> None:
    team = anna.principal.home_team
    assert printed(capsys, str(team), "keys=3", "bytes=10")["keys"] == ("3", "set for the team")
    shown = printed(capsys, anna.email, "keys=default", "documents=0")
    assert (shown["keys"][1], shown["bytes"]) == ("MAX_KEYS", ("10", "set for the team"))
    assert shown["documents"] == ("none", "set for the team")
    assert team_limits.own_limits(team) == {"bytes": 10, "documents": 0}


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("keys", "keys: write NAME=VALUE"),
        ("keys=", "keys=: write NAME=VALUE"),
        ("keys=-1", "keys=-1: write NAME=VALUE"),
        ("keys=1.5", "where VALUE is a number or `default`"),
        ("keys=٣", "where VALUE is a number or `default`"),
        ("keys=Default", "where VALUE is a number or `default`"),
        ("=1", "Unknown limit. Use one of: databases"),
        ("kes=1", "kes: Unknown limit"),
        (f"keys={2**53 + 1}", "Must be from 0 to"),
    ],
)
def test_refused_limits(anna: Any, argument: str, message: str) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("team_limits", anna.email, "bytes=1", argument)
    assert message in str(caught.value)
    assert team_limits.own_limits(anna.principal.home_team) == {}, "none is set when one is wrong"


def test_a_limit_that_bounds_every_request_is_not_raised(anna: Any, settings: Any) -> None:
    highest = settings.MAX_COLLECTIONS
    with pytest.raises(CommandError, match=f"collections: Must be from 0 to {highest}"):
        call_command("team_limits", anna.email, f"collections={highest + 1}")


@pytest.mark.parametrize("team", ["0", "nobody@example.com", "", "9" * 40])
def test_an_unknown_team(team: str, db: None) -> None:
    with pytest.raises(CommandError, match="There is no team with the id or the person"):
        call_command("team_limits", team)
