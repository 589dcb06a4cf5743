"""Bodies of prompts: null is the same as absent."""

from __future__ import annotations

from dialects.airsequel.prompts.operations import PromptBody, PromptContext
from tests.dialects.airsequel.support import SAMPLES


def test_bodies() -> None:
    published = SAMPLES["POST /api/dbs/:dbId/prompt"]["request"]
    assert PromptBody.parse(published) == PromptBody.parse({**published, "unknown": 1})
    body = PromptBody.parse({"prompt": "x"})
    assert (body.prompt, body.function, body.table) == ("x", None, None)
    assert PromptContext.parse({}) == PromptContext.parse({"prompt": None, "funcId": None, "tableName": None})
