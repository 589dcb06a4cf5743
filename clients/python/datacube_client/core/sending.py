"""Flows that send one request: credentials, repetitions, errors."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import httpx

from datacube_client.core.effects import Close, Flow, Renew, Request, Send, Sleep
from datacube_client.errors import NoResponseError, error_of, retry_after

_OVERLOADED = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Retries:
    """How often a request is sent, and the seconds between: `delay`, then twice that, and so on up to `max_delay`.

    A `Retry-After` of the service above `max_delay` is not waited for: the error is raised at once.
    """

    attempts: int = 5
    delay: float = 0.2
    max_delay: float = 10.0

    def seconds(self, attempt: int) -> float:
        """Return the delay after an attempt, from 0. Varies by half, so that clients do not return together."""
        return min(self.delay * 2.0**attempt, self.max_delay) * random.uniform(0.5, 1.0)  # noqa: S311


@dataclass
class Credentials:
    """An API key, or the tokens of a person, which change when they are renewed."""

    key: str = ""
    access: str = ""
    refresh: str = ""

    @property
    def headers(self) -> dict[str, str]:
        if self.access:
            return {"Authorization": f"Bearer {self.access}"}
        return {"Authorization": f"Api-Key {self.key}"} if self.key else {}


@dataclass(frozen=True)
class Session:
    """What all requests of a client share."""

    credentials: Credentials
    retries: Retries


def send(request: Request, session: Session) -> Flow[httpx.Response]:
    """Send a request until it is answered by anything but a failure that may pass. Raises `DataCubeError`."""
    renewed = False
    for attempt in range(session.retries.attempts):
        last = attempt + 1 == session.retries.attempts
        access = session.credentials.access
        try:
            response: httpx.Response = yield Send(_authorized(request, session.credentials))
        except httpx.TransportError as error:
            if last or not _may_repeat(request, error):
                raise NoResponseError(f"{request.route}: {error or type(error).__name__}") from error
            yield Sleep(session.retries.seconds(attempt))
            continue
        if response.status_code == 401 and session.credentials.refresh and not renewed and access:
            renewed = True
            yield from _close(request, response)
            yield Renew(access)
            continue
        wait = _wait(request, response, session.retries, attempt)
        if wait is None or last:
            return (yield from _checked(request, response))
        yield from _close(request, response)
        yield Sleep(wait)
    raise NoResponseError(f"{request.route}: no attempt is left")


def renew(session: Session) -> Flow[None]:
    """Exchange the refresh token, which is valid once, for a new pair of tokens."""
    credentials = session.credentials
    request = Request(
        "POST /core/token/refresh", "/core/token/refresh", {}, {"json": {"refresh": credentials.refresh}}
    )
    response = yield from send(request, Session(Credentials(), session.retries))
    tokens = response.json()
    credentials.access, credentials.refresh = tokens["access"], tokens["refresh"]


def _authorized(request: Request, credentials: Credentials) -> Request:
    return replace(request, headers={**credentials.headers, **request.headers})


def _may_repeat(request: Request, error: httpx.TransportError) -> bool:
    """Return whether a request without a response may be sent again: also if no connection was made for it."""
    return request.repeatable or isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)


def _wait(request: Request, response: httpx.Response, retries: Retries, attempt: int) -> float | None:
    """Return the seconds to wait before the request is sent again, None if it is not."""
    status, seconds = response.status_code, retry_after(response)
    in_progress = status == 409 and seconds is not None and "Idempotency-Key" in request.headers
    if not in_progress and not (status in _OVERLOADED and (request.repeatable or status == 429)):
        return None
    if seconds is not None and seconds > retries.max_delay:
        return None
    return max(seconds or 0.0, retries.seconds(attempt))


def _checked(request: Request, response: httpx.Response) -> Flow[httpx.Response]:
    if response.status_code < 400:
        return response
    yield from _close(request, response)
    raise error_of(response)


def _close(request: Request, response: httpx.Response) -> Flow[None]:
    """Close a streamed response that nobody reads. Its driver has read the body of an error before."""
    if request.streamed:
        yield Close(response)
