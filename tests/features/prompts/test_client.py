"""The protocol of chat completions, against a server of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

import engine
from features.prompts.client import LanguageModel
from tests.features.prompts.fake_model import answer, running

MODEL = LanguageModel("http://127.0.0.1:1/v1", "small", "secret", seconds=10, max_tokens=50)
MESSAGES = [{"role": "user", "content": "Hello"}]


def test_a_request_and_its_answers() -> None:
    with running() as server:
        model = replace(MODEL, base_url=server.url)
        server.content = answer("Hi")
        assert model.complete(MESSAGES) == "Hi"
        assert server.requests == [
            {
                "path": "/v1/chat/completions",
                "key": "Bearer secret",
                "body": {"model": "small", "messages": MESSAGES, "max_tokens": 50, "stream": False},
            }
        ]
        assert replace(model, key="").complete(MESSAGES) == "Hi"
        assert server.requests[1]["key"] is None
        for content in (b"", b"[]", b"{}", b"<html>", answer(None), answer(1), answer(" "), answer("x" * 300_000)):
            server.content = content
            with pytest.raises(engine.Unavailable, match="cannot be read"):
                model.complete(MESSAGES)
        for status in (302, 401, 500):
            server.status = status
            with pytest.raises(engine.Unavailable, match=f"status {status}"):
                model.complete(MESSAGES)
        server.delay = 0.3
        with pytest.raises(engine.TimedOut, match="LLM_TIMEOUT"):
            replace(model, seconds=0.05).complete(MESSAGES)


def test_a_server_that_is_away() -> None:
    with pytest.raises(engine.Unavailable, match="does not answer"):
        MODEL.complete(MESSAGES)
