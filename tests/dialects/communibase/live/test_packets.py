"""Packets and payloads of Engine.IO 3, as its clients write and read them."""

from __future__ import annotations

import json
from typing import Any

import pytest

import engine
from dialects.communibase.live import packets


@pytest.mark.parametrize(
    ("packet", "text"),
    [
        (packets.opened({"sid": "s", "upgrades": []}), '0{"sid":"s","upgrades":[]}'),
        (packets.event("message", "Person|1"), '42["message","Person|1"]'),
        (packets.error('No "access"'), '44"No \\"access\\""'),
    ],
)
def test_packets_of_the_server(packet: str, text: str) -> None:
    assert packet == text


@pytest.mark.parametrize(
    ("packet", "content"),
    [
        ('42["join","a_dirty"]', ["join", "a_dirty"]),
        ('4212["join","a_dirty"]', ["join", "a_dirty"]),
        ('42/admin,["join"]', ["join"]),
        ('42["line\\nbreak"]', ["line\nbreak"]),
        ('42["a",{"b":[1]}]', ["a", {"b": [1]}]),
        ("42[]", None),
        ("42[1]", None),
        ('42["a"', None),
        ('42{"a":1}', None),
        ("42[" + "[" * 50 + "]" * 50 + "]", None),
        ("2", None),
        ("41", None),
        ("", None),
    ],
)
def test_events_of_a_client(packet: str, content: Any) -> None:
    assert packets.event_of(packet) == content


@pytest.mark.parametrize(
    ("payload", "decoded"),
    [
        (b"1:2", ["2"]),
        (b'20:42["join","a_dirty"]1:1', ['42["join","a_dirty"]', "1"]),
        # Lengths count UTF-16 units: é is one, the smiley two.
        ("5:4\u00e9\U0001f600b1:2".encode(), ["4\u00e9\U0001f600b", "2"]),
        (b"\x00\x01\xff2", ["2"]),
        (b"\x00\x01\x01\xff" + '42["\u00e9456"]'.encode() + b"\x00\x01\xff2", ['42["\u00e9456"]', "2"]),
    ],
)
def test_payloads_of_a_client(payload: bytes, decoded: list[str]) -> None:
    assert packets.decode(payload) == decoded


@pytest.mark.parametrize(
    "payload",
    [
        *(
            b"",
            b"2",
            b":2",
            b"0:",
            b"2:2",
            b"-1:2",
            b"x:2",
            b"1:2x",
            b"1234567:2",
            b"1:\xff",
            "\u0663:222".encode(),
        ),
        *(b"\x00\xff", b"\x00\x02\xff2", b"\x00\x01", b"\x01\x01\xff2", b"\x00\x01\xff\xff", b"\x00\x00\xff"),
    ],
)
def test_malformed_payloads(payload: bytes) -> None:
    with pytest.raises(engine.Invalid, match="malformed"):
        packets.decode(payload)


@pytest.mark.parametrize("payload", [b"1:2" * 101, b"\x00\x01\xff2" * 101, b"1" * 20_000])
def test_payloads_past_a_maximum(payload: bytes) -> None:
    with pytest.raises(engine.TooLarge, match="at most 16384 bytes and 100 packets"):
        packets.decode(payload)


@pytest.mark.parametrize(
    ("texts", "payload"), [(["6"], b"1:6"), (["40", "4\U0001f600"], "2:403:4\U0001f600".encode())]
)
def test_payloads_of_the_server(texts: list[str], payload: bytes) -> None:
    assert packets.encode(texts) == payload
    assert packets.decode(payload) == texts


def test_a_payload_as_a_script() -> None:
    payload = packets.encode([packets.event("message", "Ünit|1\u2028</script>")])
    script = packets.as_script(payload, callback="7").decode()
    assert (script[:9], script[-2:]) == ("___eio[7]", ");")
    assert "\u2028" not in script
    assert json.loads(script[10:-2]).encode() == payload


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        (b"d=1%3A2", b"1:2"),
        (b"d=5%3A2+%C3%A9%26%3D", "5:2 é&=".encode()),
        (rb"d=a%5Cnb", b"a\nb"),
        (rb"d=a%5C%5Cnb", rb"a\nb"),
        (b"", b""),
        (b"e=1%3A2", b""),
    ],
)
def test_a_payload_in_a_form(body: bytes, payload: bytes) -> None:
    assert packets.of_form(body) == payload


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"d=%FF", engine.Invalid),
        (b"d=\xff", engine.Invalid),
        (b"d=1&d=2", engine.Invalid),
        (b"d=" + b"1" * 20_000, engine.TooLarge),
    ],
)
def test_forms_that_are_refused(body: bytes, kind: type[engine.Error]) -> None:
    with pytest.raises(kind):
        packets.of_form(body)
