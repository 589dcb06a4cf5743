"""The parts of an HTTP request that a stream uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict, parse_cookie


@dataclass(frozen=True)
class StreamRequest:
    """A request for a stream; names of headers are in lower case."""

    query: QueryDict
    authorization: str | None
    last_event_id: str
    path: str = ""
    raw_path: str = ""
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of_scope(cls, scope: Mapping[str, Any]) -> StreamRequest:
        """Read the request of an ASGI scope."""
        headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            # Join repeated headers as elsewhere: two credentials are invalid, and so are two last ids.
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        query_string = scope["query_string"].decode("latin-1")
        return cls(
            QueryDict(query_string),
            headers.get("authorization"),
            headers.get("last-event-id", ""),
            scope["path"],
            raw_path=scope["raw_path"].decode("latin-1"),
            query_string=query_string,
            headers=headers,
            cookies=cookies_of(headers.get("cookie", "")),
        )


def cookies_of(header: str) -> dict[str, str]:
    """Parse a `Cookie` header; repeated ones may be joined by commas."""
    cookies: dict[str, str] = parse_cookie(header.replace(",", ";"))
    return cookies
