"""Suggestions of the language model for a tenant: at most one at a time, from a schema and never from rows."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

import engine
from engine.lazy import made_once
from features.prompts.client import LanguageModel

MAX_ANSWER_LENGTH = 20_000
_RETRY_SECONDS = 5
_BUSY = "Another prompt of your team is being answered. Send this one again when it has ended."
_FULL = "Too many prompts are being answered (LLM_CONCURRENCY)."
_TOO_LONG = "Must have at most {} characters (LLM_MAX_PROMPT_LENGTH)."
_TOO_LARGE = "The schema has more than {} characters (LLM_MAX_SCHEMA_LENGTH). Name one table in tableName."
_FENCED = re.compile(r"```[\w+-]*[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)


def is_configured() -> bool:
    """Return whether the installation has a language model."""
    return bool(settings.LLM_BASE_URL and settings.LLM_MODEL)


def suggest(instructions: str, prompt: str, *, schema: str, tenant: str) -> str:
    """Return what the model suggests for a prompt. `instructions` say what the text is to be.

    Raises `Invalid` for a prompt that is too long, `TooLarge` for such a schema, `LimitExceeded` while another
    prompt of the tenant is answered, and `Unavailable`.
    """
    if len(prompt) > settings.LLM_MAX_PROMPT_LENGTH:
        raise engine.Invalid.of_field("prompt", _TOO_LONG.format(settings.LLM_MAX_PROMPT_LENGTH))
    if len(schema) > settings.LLM_MAX_SCHEMA_LENGTH:
        raise engine.TooLarge(_TOO_LARGE.format(settings.LLM_MAX_SCHEMA_LENGTH))
    system = f"{instructions}\n\nThe schema of the database:\n{schema}" if schema else instructions
    messages = [{"role": "system", "content": system}, {"role": "user", "content": prompt}]
    with _turns().of(tenant):
        return _model().complete(messages)[:MAX_ANSWER_LENGTH]


def code_in(answer: str) -> str:
    """Return the code of an answer: that of its first fence, or all of it without one."""
    fenced = _FENCED.search(answer)
    return (fenced[1] if fenced else answer).strip()


def _model() -> LanguageModel:
    return LanguageModel(
        base_url=settings.LLM_BASE_URL,
        name=settings.LLM_MODEL,
        key=settings.LLM_API_KEY,
        seconds=settings.LLM_TIMEOUT,
        max_tokens=settings.LLM_MAX_TOKENS,
    )


class Turns:
    """One turn at a time for each tenant, and LLM_CONCURRENCY for all tenants of this process."""

    def __init__(self) -> None:
        self._running: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def of(self, tenant: str) -> Iterator[None]:
        """Hold the turn of a tenant. Raises `LimitExceeded` if it is taken, `Unavailable` if all are."""
        with self._lock:
            if tenant in self._running:
                raise engine.LimitExceeded(_BUSY, retry_after=_RETRY_SECONDS)
            if len(self._running) >= settings.LLM_CONCURRENCY:
                raise engine.Unavailable(_FULL, retry_after=_RETRY_SECONDS)
            self._running.add(tenant)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(tenant)


@made_once
def _turns() -> Turns:
    return Turns()
