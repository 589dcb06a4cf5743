"""Asks a language model over the protocol of OpenAI's chat completions, which many servers have."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import engine
from engine.encoding import loads

_MAX_RESPONSE_BYTES = 256 * 1024
_PIECE_BYTES = 16 * 1024
_DEPTH = 32
_RETRY_SECONDS = 10
_FAILED = "The language model does not answer. Try again later."
_REFUSED = "The language model refused the request, with status {}. Ask the operator of this installation."
_UNREADABLE = "The language model's answer cannot be read. Try again."
_TOO_LONG = "The language model takes more than {:g} seconds (LLM_TIMEOUT)."
_SCHEMES = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
_OK = 200
Message = dict[str, str]


@dataclass(frozen=True)
class LanguageModel:
    """A model behind an address such as `https://api.example.com/v1`."""

    base_url: str
    name: str
    key: str
    seconds: float
    max_tokens: int

    def complete(self, messages: Sequence[Message]) -> str:
        """Return the model's answer to messages of `{role, content}`. Raises `Unavailable`, and `TimedOut`."""
        body = {"model": self.name, "messages": [*messages], "max_tokens": self.max_tokens, "stream": False}
        ends_at = time.monotonic() + self.seconds
        try:
            status, content = self._exchange(json.dumps(body).encode(), ends_at)
        except TimeoutError as error:
            raise engine.TimedOut(_TOO_LONG.format(self.seconds), retry_after=_RETRY_SECONDS) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise engine.Unavailable(_FAILED, retry_after=_RETRY_SECONDS) from error
        if status != _OK:
            raise engine.Unavailable(_REFUSED.format(status), retry_after=_RETRY_SECONDS)
        return _text_of(content)

    def _exchange(self, body: bytes, ends_at: float) -> tuple[int, bytes]:
        """Send a request and return status and content, of at most 256 kB. Redirects are not followed."""
        parts = urlsplit(self.base_url)
        connection = _SCHEMES[parts.scheme](parts.netloc, timeout=self.seconds)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        try:
            connection.request("POST", f"{parts.path.rstrip('/')}/chat/completions", body=body, headers=headers)
            response = connection.getresponse()
            content = bytearray()
            while len(content) <= _MAX_RESPONSE_BYTES and (piece := response.read1(_PIECE_BYTES)):
                content += piece
                if time.monotonic() > ends_at:
                    raise TimeoutError
            return response.status, bytes(content)
        finally:
            connection.close()


def _text_of(content: bytes) -> str:
    """Return the text of the first choice. Raises `Unavailable` for what is no answer of the protocol."""
    try:
        answer: Any = loads(content, depth=_DEPTH)
        text = answer["choices"][0]["message"]["content"]
    except (engine.Error, LookupError, TypeError) as error:
        raise engine.Unavailable(_UNREADABLE, retry_after=_RETRY_SECONDS) from error
    if type(text) is not str or not text.strip():
        raise engine.Unavailable(_UNREADABLE, retry_after=_RETRY_SECONDS)
    return text
