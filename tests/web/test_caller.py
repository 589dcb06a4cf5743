"""The exact address of the caller, behind trusted proxies and in the current context."""

from __future__ import annotations

from contextvars import Context

import pytest

from web import caller


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "expected"),
    [
        (0, "192.0.2.1", "198.51.100.1", "192.0.2.1"),
        (1, "192.0.2.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (1, "192.0.2.1", "unknown", "192.0.2.1"),
        (2, "192.0.2.1", "198.51.100.1", "192.0.2.1"),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2:3:4:5:6"),
        (0, "::ffff:192.0.2.1", "", "192.0.2.1"),
        (0, "", "", "None"),
    ],
)
def test_the_exact_address(settings, proxies: int, peer: str, forwarded: str, expected: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert str(caller.exact_address(peer, forwarded)) == expected


def test_the_caller_belongs_to_its_context() -> None:
    def noted() -> str:
        caller.note_caller("192.0.2.9", "")
        return str(caller.caller_address())

    assert Context().run(noted) == "192.0.2.9"
    assert Context().run(caller.caller_address) is None


def test_the_caller_of_a_scope() -> None:
    headers = [(b"x-forwarded-for", b"1.1.1.1"), (b"a", b"b"), (b"x-forwarded-for", b"2.2.2.2")]
    assert caller.caller_of({"client": ("192.0.2.1", 1), "headers": headers}) == ("192.0.2.1", "1.1.1.1,2.2.2.2")
    assert caller.caller_of({"client": None, "headers": []}) == ("", "")
