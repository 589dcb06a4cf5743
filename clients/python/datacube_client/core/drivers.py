"""Performs the effects of flows: by `httpx.Client` in this thread, or by `httpx.AsyncClient` in an event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from threading import Lock
from typing import Any, TypeVar, cast

import httpx

from datacube_client.core import effects
from datacube_client.core.effects import Effect, Emit, Flow, Request, Stream
from datacube_client.core.sending import Session, renew

T = TypeVar("T")
Responses = set[httpx.Response]


def _build(http: httpx.Client | httpx.AsyncClient, request: Request) -> httpx.Request:
    return http.build_request(request.verb, request.path, headers=dict(request.headers), **request.arguments)


def _advance(flow: Any, outcome: Any) -> Any:
    """Give a flow the outcome of its last effect, None at first, and return its next effect."""
    return flow.throw(outcome) if isinstance(outcome, httpx.TransportError) else flow.send(outcome)


class Driver:
    """Performs flows in the calling thread. May be used by several threads."""

    def __init__(self, http: httpx.Client, session: Session) -> None:
        self.http = http
        self.session = session
        self._renewing = Lock()

    def run(self, flow: Flow[T]) -> T:
        """Return the result of a flow."""
        outcome, opened = None, Responses()
        try:
            while True:
                outcome = self._outcome(_advance(flow, outcome), opened)
        except StopIteration as end:
            return cast("T", end.value)
        finally:
            self._close(opened)

    def iterate(self, stream: Stream[T]) -> Iterator[T]:
        """Yield the items of a stream. Its connections are closed with the iterator."""
        outcome, opened = None, Responses()
        try:
            while True:
                effect = _advance(stream, outcome)
                if isinstance(effect, Emit):
                    yield effect.item
                outcome = None if isinstance(effect, Emit) else self._outcome(effect, opened)
        except StopIteration:
            return
        finally:
            self._close(opened)

    def _outcome(self, effect: Effect, opened: Responses) -> Any:
        try:
            return self._perform(effect, opened)
        except httpx.TransportError as error:
            return error

    def _perform(self, effect: Effect, opened: Responses) -> Any:
        match effect:
            case effects.Send(request):
                return self._send(request, opened)
            case effects.Open(response):
                return effects.Body(response, response.iter_bytes())
            case effects.Read(body):
                return next(cast("Iterator[bytes]", body.chunks), b"")
            case effects.Close(response):
                return self._close({response}, opened)
            case effects.Sleep(seconds):
                return time.sleep(seconds)
            case effects.Renew(access):
                return self._renew(access)

    def _send(self, request: Request, opened: Responses) -> httpx.Response:
        response = self.http.send(_build(self.http, request), stream=request.streamed)
        if request.streamed:
            opened.add(response)
            if response.is_error:
                response.read()
        return response

    def _renew(self, access: str) -> None:
        with self._renewing:
            if self.session.credentials.access == access:
                self.run(renew(self.session))

    def _close(self, responses: Responses, opened: Responses | None = None) -> None:
        for response in responses:
            response.close()
        if opened is not None:
            opened -= responses


class AsyncDriver:
    """Performs flows in the running event loop."""

    def __init__(self, http: httpx.AsyncClient, session: Session) -> None:
        self.http = http
        self.session = session
        self._renewing = asyncio.Lock()

    async def run(self, flow: Flow[T]) -> T:
        """Return the result of a flow."""
        outcome, opened = None, Responses()
        try:
            while True:
                outcome = await self._outcome(_advance(flow, outcome), opened)
        except StopIteration as end:
            return cast("T", end.value)
        finally:
            await self._close(opened)

    async def iterate(self, stream: Stream[T]) -> AsyncIterator[T]:
        """Yield the items of a stream. Its connections are closed with the iterator."""
        outcome, opened = None, Responses()
        try:
            while True:
                effect = _advance(stream, outcome)
                if isinstance(effect, Emit):
                    yield effect.item
                outcome = None if isinstance(effect, Emit) else await self._outcome(effect, opened)
        except StopIteration:
            return
        finally:
            await self._close(opened)

    async def _outcome(self, effect: Effect, opened: Responses) -> Any:
        try:
            return await self._perform(effect, opened)
        except httpx.TransportError as error:
            return error

    async def _perform(self, effect: Effect, opened: Responses) -> Any:
        match effect:
            case effects.Send(request):
                return await self._send(request, opened)
            case effects.Open(response):
                return effects.Body(response, response.aiter_bytes())
            case effects.Read(body):
                return await anext(cast("AsyncIterator[bytes]", body.chunks), b"")
            case effects.Close(response):
                return await self._close({response}, opened)
            case effects.Sleep(seconds):
                return await asyncio.sleep(seconds)
            case effects.Renew(access):
                return await self._renew(access)

    async def _send(self, request: Request, opened: Responses) -> httpx.Response:
        response = await self.http.send(_build(self.http, request), stream=request.streamed)
        if request.streamed:
            opened.add(response)
            if response.is_error:
                await response.aread()
        return response

    async def _renew(self, access: str) -> None:
        async with self._renewing:
            if self.session.credentials.access == access:
                await self.run(renew(self.session))

    async def _close(self, responses: Responses, opened: Responses | None = None) -> None:
        for response in responses:
            await response.aclose()
        if opened is not None:
            opened -= responses
