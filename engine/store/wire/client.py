"""Commands that read, sent by an event loop itself, over connections of its own beside the driver's.

The driver watches the servers and says which one is the primary. What is unusual (no primary, a network error,
another authentication mechanism) is left to it: `command` returns None, and its caller asks the driver.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter, OrderedDict, deque
from collections.abc import Hashable, Mapping
from functools import partial
from typing import Any, NamedTuple

import bson
from cachetools import TTLCache
from pymongo import MongoClient, errors
from pymongo.helpers_shared import _check_command_response
from pymongo.pool_options import PoolOptions
from pymongo.server_description import ServerDescription

from engine.store.wire.connection import WireConnection, authenticate
from engine.suspension import Settle, Suspension

log = logging.getLogger("datacube.store")
_SERVERS = frozenset({"RSPrimary", "Mongos", "Standalone"})
_MECHANISMS = frozenset({"DEFAULT", "SCRAM-SHA-256"})
_CONNECT_SECONDS = 3.0
# After a failure the driver alone serves for so long.
_RECONNECT_SECONDS = 1.0
# MongoDB ends a command at `maxTimeMS`; this much later it is taken to be away.
_GRACE_SECONDS = 1.0
# Larger replies are decoded in a thread, and the rest of their request runs there where that is possible.
LARGE_REPLY_BYTES = 256 * 1024
# For so long, requests like one whose reply was large go to a thread at once.
_LARGE_SECONDS = 10
_MAX_LARGE = 1_000


class _Request(NamedTuple):
    command: bytes
    caller: Hashable
    settle: Settle


class Wire:
    """The connections of one event loop to the primary; a caller uses at most half of them.

    Used in the event loop alone, so no lock is needed.
    """

    def __init__(self, client: MongoClient[dict[str, Any]], *, connections: int, seconds: float) -> None:
        self._client = client
        self._connections = connections
        self._half = max(1, connections // 2)
        self._seconds = seconds
        self._is_supported = _is_supported(client)
        self._large: TTLCache[Hashable, bool] = TTLCache(maxsize=_MAX_LARGE, ttl=_LARGE_SECONDS)
        self._reset(None)

    def _reset(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self._loop = loop
        self._idle: list[WireConnection] = []
        self._count = 0  # of connections, also those that are being made
        self._waiting: OrderedDict[Hashable, deque[_Request]] = OrderedDict()  # by caller, the next one first
        self._running: Counter[Hashable] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._connect_at = 0.0  # not before this time

    @property
    def idle(self) -> int:
        """Return how many connections are open and wait for a command."""
        return len(self._idle)

    @property
    def in_use(self) -> int:
        """Return how many connections run a command or are being made."""
        return self._count - len(self._idle)

    def command(self, suspension: Suspension, database: str, command: Mapping[str, Any]) -> dict[str, Any] | None:
        """Suspend the caller until the reply to a command is here; return None where the driver must be asked.

        Raises what the driver raises for a reply that is an error.
        """
        if not self._is_supported:
            return None
        if self._loop is not asyncio.get_running_loop():
            self._reset(asyncio.get_running_loop())
        kind = _kind(database, command)
        if kind in self._large:
            suspension.move_to_thread()
        message = bson.encode({**command, "maxTimeMS": int(self._seconds * 1000), "$db": database})
        try:
            data = suspension.until(partial(self._add, message, suspension.caller))
        except errors.NetworkTimeout:
            raise
        except errors.AutoReconnect:
            return None
        if len(data) > LARGE_REPLY_BYTES:
            self._large[kind] = True
            suspension.move_to_thread()
            reply: dict[str, Any] = suspension.in_thread(partial(bson.decode, data))
        else:
            reply = bson.decode(data)
        try:
            _check_command_response(reply, None)
        except errors.NotPrimaryError:
            self._close_idle()
            return None
        return reply

    def _add(self, command: bytes, caller: Hashable, settle: Settle) -> None:
        queue = self._waiting.get(caller)
        if queue is None:
            queue = self._waiting[caller] = deque()
        queue.append(_Request(command, caller, settle))
        self._serve()

    def _serve(self) -> None:
        """Send what waits, as far as there are connections; make one where there are too few."""
        while self._waiting:
            caller = next((name for name in self._waiting if self._running.get(name, 0) < self._half), None)
            if caller is None:
                return
            connection = self._connection()
            if connection is None:
                if self._count < self._connections:
                    self._connect()
                return
            request = self._next_of(caller)
            self._running[caller] += 1
            finish = partial(self._finish, connection, request)
            connection.send(request.command, finish, seconds=self._seconds + _GRACE_SECONDS)

    def _next_of(self, caller: Hashable) -> _Request:
        """Take the oldest request of a caller, whose next one comes after those of the others."""
        queue = self._waiting[caller]
        request = queue.popleft()
        if queue:
            self._waiting.move_to_end(caller)
        else:
            del self._waiting[caller]
        return request

    def _connection(self) -> WireConnection | None:
        """Return an idle connection; forget those that were closed in the meantime."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
            self._count -= 1
        return None

    def _finish(
        self, connection: WireConnection, request: _Request, reply: bytes | None, error: BaseException | None
    ) -> None:
        self._running[request.caller] -= 1
        if not self._running[request.caller]:
            del self._running[request.caller]
        if error is None:
            self._idle.append(connection)
        else:
            self._count -= 1
        request.settle(reply, error)
        if self._waiting:
            self._serve()

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()
            self._count -= 1

    # --- new connections --------------------------------------------------------------------------

    def _connect(self) -> None:
        server = self._server() if self._loop_time() >= self._connect_at else None
        if server is None:
            self._refuse_waiting(errors.AutoReconnect("no primary"))
            return
        self._count += 1
        host, port = server.address
        task = asyncio.ensure_future(self._open((host, port or 0)))  # a socket of the file system has no port
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _loop_time(self) -> float:
        return asyncio.get_running_loop().time()

    def _server(self) -> ServerDescription | None:
        """Return the server to read from, as far as the driver knows it now."""
        servers = self._client.topology_description.server_descriptions().values()
        return next((server for server in servers if server.server_type_name in _SERVERS), None)

    async def _open(self, address: tuple[str, int]) -> None:
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                connection = await _opened(address, self._client)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must not wait for ever
            log.warning("no connection of the event loop to MongoDB: %s", type(error).__name__)
            self._count -= 1
            self._connect_at = self._loop_time() + _RECONNECT_SECONDS
            self._refuse_waiting(errors.AutoReconnect("not connected"))
        else:
            self._idle.append(connection)
            self._serve()

    def _refuse_waiting(self, error: Exception) -> None:
        """Let the driver serve what waits, unless connections that work can do so."""
        if self._count:
            return
        waiting, self._waiting = self._waiting, OrderedDict()
        for queue in waiting.values():
            for request in queue:
                request.settle(None, error)


def _kind(database: str, command: Mapping[str, Any]) -> Hashable:
    """Return what commands with replies of about the same size have in common."""
    name = next(iter(command))  # its value is a collection, or of `explain` another command
    collection = command[name] if isinstance(command[name], str) else ""
    return database, name, collection, command.get("limit"), tuple(command.get("projection", ()))


def _is_supported(client: MongoClient[dict[str, Any]]) -> bool:
    """Return whether connections can be made as the driver makes them."""
    options = client.options.pool_options
    credentials, context = options._credentials, options._ssl_context
    known = credentials is None or credentials.mechanism in _MECHANISMS
    is_plain = not (options.server_api or options.load_balanced)
    return known and is_plain and (context is None or isinstance(context, ssl.SSLContext))


async def _opened(address: tuple[str, int], client: MongoClient[dict[str, Any]]) -> WireConnection:
    """Return a new connection, authenticated with the driver's options."""
    options, loop = client.options.pool_options, asyncio.get_running_loop()
    host, port = address
    context: Any = options._ssl_context  # the standard library's, see `_is_supported`
    if host.endswith(".sock"):
        _, connection = await loop.create_unix_connection(WireConnection, host)
    else:
        _, connection = await loop.create_connection(WireConnection, host, port, ssl=context)
    try:
        await _greet(connection, options)
    except BaseException:
        connection.close()
        raise
    return connection


async def _greet(connection: WireConnection, options: PoolOptions) -> None:
    """Introduce the client to the server, and authenticate it where the driver has credentials."""
    await connection.run("admin", {"hello": 1, "client": options.metadata}, seconds=_CONNECT_SECONDS)
    credentials = options._credentials
    if credentials is not None:
        names = {"user": credentials.username, "password": credentials.password, "source": credentials.source}
        await authenticate(connection, **names, seconds=_CONNECT_SECONDS)
