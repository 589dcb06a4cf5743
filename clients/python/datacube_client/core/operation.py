"""Operations: methods that are written once as flows, and called on a synchronous or an asynchronous resource."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import update_wrapper
from typing import Any, BinaryIO, Concatenate, Generic, ParamSpec, Self, TypeAlias, TypeVar, cast, overload
from urllib.parse import quote

import httpx

from datacube_client.core.drivers import AsyncDriver, Driver
from datacube_client.core.effects import JSON, Body, Flow, Open, Records, Request, Stream
from datacube_client.core.sending import send

P = ParamSpec("P")
T = TypeVar("T")
Content: TypeAlias = bytes | BinaryIO
Part: TypeAlias = tuple[str, tuple[str, Content]]
_KEY = "Idempotency-Key"


class Resource:
    """A part of the service. `members` are sent with each of its requests: the ids that it stands for."""

    def __init__(self, driver: Driver | AsyncDriver, **members: str) -> None:
        self._driver = driver
        self._members = members

    def _ask(self, route: str, headers: Mapping[str, str] | None = None, /, **members: Any) -> Flow[JSON]:
        """Send a request and return its JSON. Members that are None are not sent."""
        response = yield from self._call(route, headers, **members)
        return cast("JSON", response.json()) if response.content else {}

    def _member(
        self, member: str, route: str, headers: Mapping[str, str] | None = None, /, **members: Any
    ) -> Flow[Any]:
        """Send a request and return one member of its JSON."""
        return (yield from self._ask(route, headers, **members))[member]

    def _records(self, route: str, /, **members: Any) -> Flow[Records]:
        """Send a request whose JSON is a list, and return it."""
        response = yield from self._call(route, **members)
        return cast("Records", response.json())

    def _call(
        self, route: str, headers: Mapping[str, str] | None = None, /, **members: Any
    ) -> Flow[httpx.Response]:
        return self._send(self._request(route, headers or {}, members))

    def _upload(self, route: str, files: Sequence[Part], /, **form: Any) -> Flow[httpx.Response]:
        """Send a form with files, which are read as they are sent."""
        request = self._request(route, {}, form)
        arguments = {"data": texts(request.arguments.get("json", {})), "files": list(files)}
        return self._send(replace(request, arguments=arguments))

    def _open(self, request: Request) -> Flow[Body]:
        """Send a request whose response is read in chunks."""
        response = yield from self._send(replace(request, streamed=True))
        return cast("Body", (yield Open(response)))

    def _send(self, request: Request) -> Flow[httpx.Response]:
        return send(request, self._driver.session)

    def _request(self, route: str, headers: Mapping[str, str], members: Mapping[str, Any]) -> Request:
        """Return a request; members that the path names go there, those of a GET into the query, else into JSON."""
        values = {name: value for name, value in {**self._members, **members}.items() if value is not None}
        verb, _, path = route.partition(" ")
        for name in [name for name in values if f"{{{name}}}" in path]:
            path = path.replace(f"{{{name}}}", quote(str(values.pop(name)), safe=""))
        arguments: dict[str, Any] = {"params": texts(values)} if verb == "GET" else {"json": values}
        if verb == "DELETE" and not values:
            arguments = {}
        return Request(route, path, headers, arguments, repeatable=verb == "GET" or _KEY in headers)


def texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Return values as texts of a query or form: JSON for anything but text."""
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in values.items()
    }


def keyed(key: str | None) -> dict[str, str]:
    """Return the header that makes a write safe to send again, with a random key unless one is given."""
    return {_KEY: key or uuid.uuid4().hex}


class SyncResource(Resource):
    """A resource whose operations return their results."""

    _driver: Driver


class AsyncResource(Resource):
    """A resource whose operations return awaitables and asynchronous iterators."""

    _driver: AsyncDriver


class operation(Generic[P, T]):  # noqa: N801 a decorator
    """Make a method that returns a flow callable on both kinds of resources."""

    def __init__(self, build: Callable[Concatenate[Any, P], Flow[T]]) -> None:
        self.build = build
        update_wrapper(cast("Any", self), build)

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: SyncResource, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, resource: AsyncResource, owner: type) -> Callable[P, Awaitable[T]]: ...
    def __get__(self, resource: Any, owner: type) -> Any:
        if resource is None:
            return self

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return resource._driver.run(self.build(resource, *args, **kwargs))

        return update_wrapper(call, self.build)


class iteration(Generic[P, T]):  # noqa: N801 a decorator
    """Make a method that returns a stream of items callable on both kinds of resources."""

    def __init__(self, build: Callable[Concatenate[Any, P], Stream[T]]) -> None:
        self.build = build
        update_wrapper(cast("Any", self), build)

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: SyncResource, owner: type) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, resource: AsyncResource, owner: type) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, resource: Any, owner: type) -> Any:
        if resource is None:
            return self

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return resource._driver.iterate(self.build(resource, *args, **kwargs))

        return update_wrapper(call, self.build)
