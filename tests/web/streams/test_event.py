"""Events as values."""

from __future__ import annotations

from web.streams.event import Event


def test_data_is_encoded_as_json() -> None:
    assert Event.of("change", {"a": 1}, id="7") == Event("change", b'{"a":1}', "7")


def test_an_encoder_runs_once_for_each_event() -> None:
    calls = []

    def encode(event: Event) -> str:
        calls.append(event)
        return event.name

    event = Event.of("change", 1)
    assert [event.encoded(encode) for _ in range(3)] == ["change"] * 3
    assert event.encoded(lambda item: item.data) == b"1"
    assert calls == [event]
