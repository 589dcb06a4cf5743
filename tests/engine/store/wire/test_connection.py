"""Connections of the event loop: authentication, and replies that are none."""

from __future__ import annotations

import asyncio
import secrets
import ssl
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import uvloop
from bson import ObjectId
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pymongo import MongoClient, errors

import engine
from datacube.local import paths
from engine.limits import Limits
from engine.store.wire.connection import WireConnection
from tests.event_loop import result_in_event_loop

Mongo = MongoClient[dict[str, Any]]


def find(store: engine.Store, database: str) -> list[dict[str, Any]]:
    return store.find(database, "c", {}, sort=[("_id", 1)], fields=None, skip=0, limit=100)


def connected(uri: str) -> engine.Store:
    store = engine.Store(uri, limits=Limits())
    store.ping()
    return store


@pytest.mark.parametrize("password", ["pass word,=é", "x" * 100])
def test_scram(mongo: Mongo, database: str, password: str) -> None:
    user = f"u=,{secrets.token_hex(6)}"
    mongo.admin.command(
        "createUser", user, pwd=password, roles=["readWriteAnyDatabase"], mechanisms=["SCRAM-SHA-256"]
    )
    base = paths.embedded_mongodb_uri().removeprefix("mongodb://")
    try:
        allowed = connected(f"mongodb://{quote(user)}:{quote(password)}@{base}")
        assert result_in_event_loop(partial(find, allowed, database)) == []
        assert allowed._wire._count == 1
        # The driver refuses the wrong password too, so nothing can be read by either.
        refused = engine.Store(f"mongodb://{quote(user)}:wrong@{base}", limits=Limits())
        with pytest.raises(engine.Error):
            result_in_event_loop(partial(find, refused, database))
    finally:
        mongo.admin.command("dropUser", user)


@pytest.mark.parametrize("is_trusted", [True, False])
def test_tls(store: engine.Store, database: str, tmp_path: Path, is_trusted: bool) -> None:
    """The server presents a certificate for its address, which the client verifies as the driver does."""
    store.insert(database, "c", [{"_id": ObjectId(), "n": 1}])
    certificate, stranger = (_certificate(tmp_path / name) for name in ("server.pem", "stranger.pem"))
    with _tls_server(certificate) as port:
        authority = quote(str(certificate if is_trusted else stranger), safe="")
        uri = f"mongodb://127.0.0.1:{port}/?directConnection=true&tls=true&tlsCAFile={authority}"
        if is_trusted:
            secured = connected(uri)
            assert len(result_in_event_loop(partial(find, secured, database))) == 1
            assert secured._wire._count == 1  # by the connection of the event loop, not by the driver
        else:
            refused = engine.Store(f"{uri}&serverSelectionTimeoutMS=200", limits=Limits(query_seconds=0.5))
            with pytest.raises(engine.Unavailable):
                result_in_event_loop(partial(find, refused, database))


def _certificate(path: Path) -> Path:
    """Write a self-signed certificate for 127.0.0.1 with its key, and return the path."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, path.stem)])
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    signed = built.add_extension(address, critical=False).sign(key, hashes.SHA256())
    encoding = serialization.Encoding.PEM
    plain = (encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(signed.public_bytes(encoding) + key.private_bytes(*plain))
    return path


@contextmanager
def _tls_server(certificate: Path) -> Iterator[int]:
    """Serve the embedded MongoDB over TLS at a free port of 127.0.0.1, which is yielded."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = Future()

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(paths.embedded_mongodb_path())
        await asyncio.gather(pipe(reader, server_writer), pipe(server_reader, writer), return_exceptions=True)

    async def run() -> None:
        server, stopped = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context), asyncio.Event()
        started.set_result((asyncio.get_running_loop(), stopped, server.sockets[0].getsockname()[1]))
        await stopped.wait()
        server.close()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    loop, stopped, port = started.result()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()


def test_other_mechanisms_are_left_to_the_driver() -> None:
    uri = "mongodb://user:word@127.0.0.1:1/?authMechanism=SCRAM-SHA-1"
    assert not engine.Store(uri, limits=Limits())._wire._is_supported
    assert engine.Store("mongodb://127.0.0.1:1/?tls=true", limits=Limits())._wire._is_supported


def test_whatever_prevents_a_connection_nobody_waits_for_ever(
    store: engine.Store, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A challenge without its values is not one of the errors that a server announces."""
    through = connected(paths.embedded_mongodb_uri())

    async def fail(*_: object) -> None:
        raise KeyError(b"r")

    monkeypatch.setattr("engine.store.wire.client._greet", fail)
    assert result_in_event_loop(partial(find, through, database)) == []
    assert through._wire._count == 0


# A reply of 21 bytes before its document, which is empty: five bytes.
EMPTY = struct.pack("<i", 5) + b"\0"
FRAMES = {
    "another request's": struct.pack("<iiii", 26, 1, 7, 2013) + bytes(5) + EMPTY,
    "another operation": struct.pack("<iiii", 26, 1, 1, 1) + bytes(5) + EMPTY,
    "too long": struct.pack("<iiii", 2**31 - 1, 1, 1, 2013) + bytes(5) + EMPTY,
    "too short": struct.pack("<iiii", 3, 1, 1, 2013) + bytes(5) + EMPTY,
    "cut off": struct.pack("<iiii", 26, 1, 1, 2013),
}


@pytest.mark.parametrize("frame", FRAMES)
def test_what_is_no_reply_ends_the_connection(frame: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(16)
        writer.write(FRAMES[frame])
        await writer.drain()
        writer.close()

    path = f"/tmp/dcr-{secrets.token_hex(6)}.sock"  # a unix socket's path is short

    async def run() -> None:
        async with await asyncio.start_unix_server(serve, path):
            _, connection = await asyncio.get_running_loop().create_unix_connection(WireConnection, path)
            with pytest.raises(errors.AutoReconnect):
                await connection.run("admin", {"ping": 1}, seconds=30)
            assert not connection.is_open
            with pytest.raises(errors.AutoReconnect):
                await connection.run("admin", {"ping": 1}, seconds=30)

    uvloop.run(run())
    Path(path).unlink(missing_ok=True)
