"""Requests as values."""

from __future__ import annotations

from datacube_client.core.effects import Request


def test_the_verb_of_a_route() -> None:
    request = Request("DELETE /api/keys/{key_id}", "/api/keys/1", {})
    assert (request.verb, request.repeatable, request.streamed) == ("DELETE", False, False)
