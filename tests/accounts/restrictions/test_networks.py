"""Networks and numbers of a key: parsed, compared with those of another key, and checked for a caller."""

from __future__ import annotations

from contextvars import copy_context
from typing import Any

import pytest

from accounts.restrictions import networks
from engine import Forbidden, Invalid
from web.caller import note_caller


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (None, None),
        (["203.0.113.7"], ["203.0.113.7"]),
        (["198.51.100.9/24", "198.51.100.0/24"], ["198.51.100.0/24"]),
        (["2001:DB8::/32", "::1"], ["2001:db8::/32", "::1"]),
        (["::ffff:192.0.2.1"], ["192.0.2.1"]),
        (["0.0.0.0/0"], ["0.0.0.0/0"]),
    ],
)
def test_networks_are_stored_in_their_shortest_form(texts: Any, expected: Any) -> None:
    assert networks.within({"addresses": texts}, None) == {"addresses": expected}


def test_every_error_is_reported() -> None:
    values: Any = {"addresses": ["203.0.113.7", "x", "1.2.3.4/33"], "rate": 0, "daily_quota": 10**10}
    with pytest.raises(Invalid) as caught:
        networks.within(values, None)
    assert [error.field for error in caught.value.errors] == ["addresses.1", "addresses.2", "rate", "daily_quota"]


@pytest.mark.parametrize("texts", [[], ["203.0.113.7"] * 101])
def test_the_number_of_networks_is_limited(texts: list[str]) -> None:
    with pytest.raises(Invalid, match="from 1 to 100 networks"):
        networks.within({"addresses": texts}, None)


ACTING: networks.Restrictions = {"addresses": ["198.51.100.0/24"], "rate": 60, "daily_quota": None}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (networks.NO_RESTRICTIONS, ACTING),
        ({"addresses": ["198.51.100.9"]}, {"addresses": ["198.51.100.9"]}),
        ({"rate": None, "daily_quota": 5}, {"rate": 60, "daily_quota": 5}),
        ({}, {}),
    ],
)
def test_a_key_passes_on_its_own_restrictions(values: Any, expected: Any) -> None:
    assert networks.within(values, ACTING) == expected


@pytest.mark.parametrize("values", [{"addresses": ["198.51.0.0/16"]}, {"addresses": ["::/0"]}, {"rate": 61}])
def test_a_key_gives_no_wider_restrictions(values: Any) -> None:
    with pytest.raises(Forbidden, match="more than it has itself"):
        networks.within(values, ACTING)


def refusal(allowed: list[str], peer: str) -> str:
    """Return the message for a caller, empty if it is allowed."""

    def check() -> str:
        note_caller(peer, "")
        try:
            networks.check_caller(networks.parsed(allowed))
        except Forbidden as error:
            return error.message
        return ""

    return copy_context().run(check)


def test_a_caller_is_in_one_of_the_networks() -> None:
    assert refusal([], "") == ""
    assert refusal(["2001:db8::/32", "198.51.100.0/24"], "198.51.100.200") == ""
    assert refusal(["198.51.100.0/24"], "::ffff:198.51.100.1") == ""
    assert "may not be used from 192.0.2.1." in refusal(["198.51.100.0/24"], "192.0.2.1")
    assert "from an unknown address." in refusal(["198.51.100.0/24"], "")


@pytest.mark.parametrize(
    ("inner", "outer", "is_inside"),
    [
        (["198.51.100.0/25"], ["198.51.100.0/24"], True),
        (["198.51.100.7", "192.0.2.1"], ["192.0.2.0/24", "198.51.100.0/24"], True),
        (["198.51.100.0/24", "192.0.2.1"], ["198.51.100.0/24"], False),
        (["::1"], ["0.0.0.0/0"], False),
        (["0.0.0.0/0"], ["::/0"], False),
        (["::ffff:198.51.100.0/120"], ["198.51.100.0/24"], True),
        (["198.51.100.0/23"], ["198.51.100.0/24", "198.51.101.0/24"], False),
    ],
)
def test_networks_within_those_of_the_acting_key(inner: list[str], outer: list[str], is_inside: bool) -> None:
    if is_inside:
        assert networks.within({"addresses": inner}, {"addresses": outer})["addresses"]
        return
    with pytest.raises(Forbidden):
        networks.within({"addresses": inner}, {"addresses": outer})


@pytest.mark.parametrize("text", ["", " ", "203.0.113", "203.0.113.7/", "203.0.113.7/-1", "a::b::c", "localhost"])
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(Invalid, match=r"Must be an address or a network such as"):
        networks.within({"addresses": [text]}, None)


@pytest.mark.parametrize("number", [1, networks.MAX_REQUESTS])
def test_the_bounds_of_numbers_are_allowed(number: int) -> None:
    values: networks.Restrictions = {"rate": number, "daily_quota": number}
    assert networks.within(values, None) == values
