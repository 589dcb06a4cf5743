"""What a flow asks its driver to do. A flow is a generator: it decides what is sent, and performs no I/O itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

import httpx

T = TypeVar("T")
JSON: TypeAlias = dict[str, Any]
Records: TypeAlias = list[JSON]


@dataclass(frozen=True)
class Request:
    """One HTTP request. `route` is `VERB /path/{name}` as in the OpenAPI document, `path` the path with its values.

    `arguments` are those of `httpx.Client.build_request`. A `repeatable` request has the same effect when it is
    sent again. The body of a `streamed` one is read in chunks.
    """

    route: str
    path: str
    headers: Mapping[str, str]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    repeatable: bool = False
    streamed: bool = False

    @property
    def verb(self) -> str:
        return self.route.partition(" ")[0]


@dataclass(frozen=True)
class Body:
    """The body of a streamed response, which is read in chunks by `Read`."""

    response: httpx.Response
    chunks: Iterator[bytes] | AsyncIterator[bytes]


@dataclass(frozen=True)
class Send:
    """Send a request. The result is the response; that of a streamed request has no content yet."""

    request: Request


@dataclass(frozen=True)
class Open:
    """Begin to read the body of a streamed response. The result is a `Body`."""

    response: httpx.Response


@dataclass(frozen=True)
class Read:
    """Read the next chunk of a body. The result is `b""` at its end."""

    body: Body


@dataclass(frozen=True)
class Close:
    """Close the connection of a streamed response."""

    response: httpx.Response


@dataclass(frozen=True)
class Sleep:
    """Wait for some seconds."""

    seconds: float


@dataclass(frozen=True)
class Renew:
    """Exchange the refresh token, unless another flow has: the access token is then no longer `access`."""

    access: str


@dataclass(frozen=True)
class Emit(Generic[T]):
    """Hand one item to the caller who iterates."""

    item: T


Effect: TypeAlias = Send | Open | Read | Close | Sleep | Renew
Flow: TypeAlias = Generator[Effect, Any, T]
Stream: TypeAlias = Generator[Effect | Emit[T], Any, None]
