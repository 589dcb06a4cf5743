"""The id of the request that this code works for; MongoDB shows it as the comment of a command."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
