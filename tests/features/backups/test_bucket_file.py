"""Archives in a bucket: uploaded in parts, seen when they are whole, read over connections that break."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

import engine
from features.backups import bucket_file
from features.backups.archive import Writer, open_archive
from features.backups.bucket import BackupBucket, open_bucket

PART = 5 * 1024 * 1024


def uploads_of(bucket: BackupBucket) -> list[dict[str, Any]]:
    return bucket.client.list_multipart_uploads(Bucket=bucket.name).get("Uploads", [])


def store(bucket: BackupBucket, content: bytes, *, name: str = "b.tar") -> bucket_file.BucketFile:
    location = bucket.location(name)
    pending = location.create()
    pending.write(content)
    pending.commit()
    return location


def test_an_archive_is_uploaded_in_parts_while_it_is_written(bucket: BackupBucket) -> None:
    location = bucket.location("b.tar")
    content = bytes(range(256)) * (PART // 256 * 2 + 10)
    pending = location.create()
    sizes = []
    for start in range(0, len(content), 1024 * 1024):
        pending.write(content[start : start + 1024 * 1024])
        (upload,) = uploads_of(bucket)
        names = {"Bucket": bucket.name, "Key": location.key, "UploadId": upload["UploadId"]}
        sizes.append([part["Size"] for part in bucket.client.list_parts(**names).get("Parts", ())])
    assert (sizes[3], sizes[4], sizes[10]) == ([], [PART], [PART, PART])
    assert not location.exists()
    pending.commit()
    assert (location.exists(), location.size(), pending.tell()) == (True, len(content), len(content))
    pending.abort()  # does nothing to an archive that is whole
    with location.open() as stream:
        assert b"".join(iter(lambda: stream.read(100_000), b"")) == content
    location.delete()
    location.delete()
    assert not location.exists()


def test_a_backup_that_fails_leaves_neither_object_nor_parts(bucket: BackupBucket) -> None:
    with pytest.raises(RuntimeError), Writer(bucket.location("b.tar"), "", "now") as archive:
        for number in range(6):
            archive.add(str(number), bytes(range(256)) * 4096 * 4)
        raise RuntimeError
    assert (bucket.names(), uploads_of(bucket)) == ([], [])


def test_each_part_carries_its_checksum(bucket: BackupBucket) -> None:
    sent: list[tuple[bytes, str]] = []

    def keep(params: Any, **_: Any) -> None:
        sent.append((params["body"].getvalue(), params["headers"]["Content-MD5"]))

    bucket.client.meta.events.register("before-call.s3.UploadPart", keep)
    store(bucket, b"x" * PART + b"rest")
    parts = [b"x" * PART, b"rest"]
    assert sent == [(part, base64.b64encode(hashlib.md5(part).digest()).decode()) for part in parts]


def test_a_damaged_archive_is_not_whole(bucket: BackupBucket) -> None:
    with Writer(bucket.location("b.tar"), "", "now") as archive:
        archive.add("a", b"x" * 1000)
        archive.finish({"rows": {}})
    location = bucket.location("b.tar")
    assert dict(open_archive(location, password="").members()) == {"a": b"x" * 1000}
    with location.open() as stream:
        content = bytearray(stream.read(location.size()))
    content[2100] ^= 1
    store(bucket, bytes(content))
    with pytest.raises(engine.Invalid, match=r"s3://.*/site/b\.tar is (damaged|not whole)"):
        open_archive(location, password="")


def test_the_number_of_parts_is_bounded(bucket: BackupBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket_file, "_MAX_PARTS", 1)
    with pytest.raises(engine.TooLarge, match=r"more than 1 parts of 5,242,880 bytes: raise BACKUP_PART_BYTES"):
        store(bucket, b"x" * (PART + 1))


def test_an_archive_that_is_missing_is_named(bucket: BackupBucket) -> None:
    with pytest.raises(engine.NotFound, match=rf"There is no backup s3://{bucket.name}/site/none\.tar\."):
        open_archive(bucket.location("none.tar"), password="")


class BreakingProxy:
    """Forwards connections to the service, and closes each after `limit` bytes of its answers."""

    def __init__(self, endpoint: str, *, limit: int) -> None:
        self._target = (urlsplit(endpoint).hostname, urlsplit(endpoint).port)
        self._limit = limit
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=20)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                with client, socket.create_connection(self._target) as server, suppress(OSError):
                    server.sendall(client.recv(65536))
                    left = self._limit
                    while left and (data := server.recv(min(65536, left))):
                        client.sendall(data)
                        left -= len(data)


@pytest.fixture
def breaking(s3_endpoint: str, bucket: BackupBucket, settings: Any) -> Iterator[BreakingProxy]:
    proxy = BreakingProxy(s3_endpoint, limit=400_000)
    settings.BACKUP_ENDPOINT = proxy.address
    yield proxy
    proxy.close()


def test_a_connection_that_breaks_is_continued_where_it_stopped(
    bucket: BackupBucket, breaking: BreakingProxy
) -> None:
    content = b"".join(number.to_bytes(4, "big") for number in range(250_000))
    store(bucket, content)
    location = open_bucket(bucket.name, bucket.prefix).location("b.tar")
    with location.open() as stream:
        assert b"".join(iter(lambda: stream.read(10_000), b"")) == content
    assert breaking.connections >= 3


def test_an_archive_that_changes_while_it_is_read_is_an_error(
    bucket: BackupBucket, breaking: BreakingProxy
) -> None:
    store(bucket, b"a" * 1_000_000)
    location = open_bucket(bucket.name, bucket.prefix).location("b.tar")
    with location.open() as stream:
        stream.read(100_000)
        store(bucket, b"b" * 1_000_000)
        with pytest.raises(engine.Error, match="PreconditionFailed"):
            while stream.read(100_000):
                pass
