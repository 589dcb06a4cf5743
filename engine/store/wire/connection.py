"""One connection to MongoDB that an event loop serves: OP_MSG, with one command at a time.

The format is that of MongoDB's wire protocol; authentication is SCRAM-SHA-256 (RFC 5802 and 7677).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import struct
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

import bson
from pymongo import errors
from pymongo.saslprep import saslprep

from engine.suspension import Settle

_HEADER = struct.Struct("<iiii")
_LENGTH = struct.Struct("<i")
_OP_MSG = 2013
# After the header: four bytes of flags, and the kind of the section, which is 0: one document.
_BEFORE_DOCUMENT = _HEADER.size + 5
_NO_FLAGS_ONE_DOCUMENT = b"\x00\x00\x00\x00\x00"
_MAX_REPLY_BYTES = 48_000_000
_MIN_ITERATIONS = 4_096


class WireConnection(asyncio.Protocol):
    """A connection whose replies are passed to the function that is given with each command, as BSON."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._settle: Settle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._number = 0
        self._reply = bytearray()

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def send(self, command: bytes, settle: Settle, *, seconds: float) -> None:
        """Send a command in BSON, and call `settle` with the reply in BSON, or with an `AutoReconnect`."""
        if self._transport is None or self._transport.is_closing():
            settle(None, errors.AutoReconnect("connection closed"))
            return
        self._number += 1
        self._settle = settle
        header = _HEADER.pack(_BEFORE_DOCUMENT + len(command), self._number, 0, _OP_MSG)
        self._transport.write(b"".join((header, _NO_FLAGS_ONE_DOCUMENT, command)))
        self._timer = asyncio.get_running_loop().call_later(seconds, self._is_late)

    async def run(self, database: str, command: Mapping[str, Any], *, seconds: float) -> dict[str, Any]:
        """Return the reply to a command. Raises `OperationFailure` where it is an error."""
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        def settle(reply: Any, error: BaseException | None) -> None:
            if future.done():  # its caller has given up
                return
            if error is None:
                future.set_result(reply)
            else:
                future.set_exception(error)

        self.send(bson.encode({**command, "$db": database}), settle, seconds=seconds)
        reply: dict[str, Any] = bson.decode(await future)
        if not reply.get("ok"):
            raise errors.OperationFailure(reply.get("errmsg", ""), reply.get("code"), reply)
        return reply

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    # --- from the transport -----------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._reply += data
        if len(self._reply) < _HEADER.size:
            return
        length, _, number, operation = _HEADER.unpack_from(self._reply)
        if number != self._number or operation != _OP_MSG or not _BEFORE_DOCUMENT < length <= _MAX_REPLY_BYTES:
            self._end(errors.AutoReconnect("unexpected reply"))
        elif len(self._reply) >= length:
            (size,) = _LENGTH.unpack_from(self._reply, _BEFORE_DOCUMENT)
            document = bytes(memoryview(self._reply)[_BEFORE_DOCUMENT : _BEFORE_DOCUMENT + size])
            self._reply = bytearray()
            self._finish(document, None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(errors.AutoReconnect("connection closed"))

    def _is_late(self) -> None:
        self._end(errors.NetworkTimeout("timed out"))

    def _end(self, error: Exception) -> None:
        self.close()
        self._finish(None, error)

    def _finish(self, document: bytes | None, error: Exception | None) -> None:
        settle, self._settle = self._settle, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if settle is not None:
            settle(document, error)


async def authenticate(
    connection: WireConnection, *, user: str, password: str, source: str, seconds: float
) -> None:
    """Authenticate a connection. Raises `OperationFailure` where the server refuses, or proves not its part."""
    nonce = b64encode(secrets.token_bytes(32))
    first = b"n=" + user.replace("=", "=3D").replace(",", "=2C").encode() + b",r=" + nonce
    start = {"saslStart": 1, "mechanism": "SCRAM-SHA-256", "payload": b"n,," + first}
    options = {"options": {"skipEmptyExchange": True}}
    reply = await connection.run(source, start | options, seconds=seconds)
    challenge = bytes(reply["payload"])
    values = _values(challenge)
    if not values[b"r"].startswith(nonce) or int(values[b"i"]) < _MIN_ITERATIONS:
        raise errors.OperationFailure("The server's challenge is not valid.")
    final = b"c=biws,r=" + values[b"r"]
    # 15,000 rounds by default: 10 ms, once for each connection.
    salted = hashlib.pbkdf2_hmac("sha256", saslprep(password).encode(), b64decode(values[b"s"]), int(values[b"i"]))
    message = b",".join((first, challenge, final))
    client_key = _digest(salted, b"Client Key")
    signature = _digest(hashlib.sha256(client_key).digest(), message)
    proof = bytes(left ^ right for left, right in zip(client_key, signature, strict=True))
    answer = {"saslContinue": 1, "conversationId": reply["conversationId"]}
    reply = await connection.run(source, answer | {"payload": final + b",p=" + b64encode(proof)}, seconds=seconds)
    expected = b64encode(_digest(_digest(salted, b"Server Key"), message))
    if not reply["done"] or not hmac.compare_digest(_values(bytes(reply["payload"])).get(b"v", b""), expected):
        raise errors.OperationFailure("The server's signature is not valid.")


def _digest(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _values(message: bytes) -> dict[bytes, bytes]:
    """Return `{r, s, i}` or `{v}` of a SCRAM message."""
    return dict(part.split(b"=", 1) for part in message.split(b",") if b"=" in part)
