"""An archive that is an object of a bucket, written and read as a stream.

It is uploaded in parts, so the bucket shows it when all of it is stored. Each part carries its MD5, which the
service compares.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from urllib3.exceptions import HTTPError

import engine
from features.backups.locations import ArchiveStream, PendingArchive

log = logging.getLogger("datacube.backups")
_MAX_PARTS = 10_000
_MAX_REOPENINGS = 5
_UNREADABLE = (BotoCoreError, HTTPError, OSError)
_TOO_LARGE = "The backup has more than {:,} parts of {:,} bytes: raise BACKUP_PART_BYTES."
_REFUSED = "The service refuses the credentials (AWS_ACCESS_KEY_ID), or they do not allow this in {}: {}."
_REFUSALS = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "403"}
_MISSING = {"NoSuchKey", "NotFound", "404"}
_CODE = re.compile(r"[A-Za-z0-9_.]{1,60}")


@dataclass(frozen=True)
class BucketFile:
    """An archive that is an object of a bucket."""

    client: Any = field(repr=False, compare=False)
    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def create(self) -> PendingArchive:
        return MultipartArchive(self, part_bytes=settings.BACKUP_PART_BYTES)

    def open(self) -> AbstractContextManager[ArchiveStream]:
        return closing(BucketReader(self))

    def exists(self) -> bool:
        try:
            self.size()
        except engine.NotFound:
            return False
        return True

    def size(self) -> int:
        size: int = self.call("head_object")["ContentLength"]
        return size

    def delete(self) -> None:
        self.call("delete_object")

    def lock_file(self) -> Path:
        return Path(settings.HOME) / f".backup-{self.bucket}.lock"

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation of the service on the object. Raises an `engine.Error` without credentials in it."""
        with translated(str(self)):
            answer: dict[str, Any] = getattr(self.client, operation)(Bucket=self.bucket, Key=self.key, **parameters)
            return answer


class MultipartArchive:
    """An object that is uploaded in parts, of which at most two are in memory."""

    def __init__(self, file: BucketFile, *, part_bytes: int) -> None:
        self._file, self._part_bytes = file, part_bytes
        self._buffer = bytearray()
        self._parts: list[dict[str, Any]] = []
        self._written = 0
        self._state = "open"
        self._id = file.call("create_multipart_upload", ContentType="application/x-tar")["UploadId"]

    def write(self, data: bytes, /) -> int:
        self._buffer += data
        self._written += len(data)
        while len(self._buffer) >= self._part_bytes:
            self._send(self._part_bytes)
        return len(data)

    def tell(self) -> int:
        return self._written

    def commit(self) -> None:
        if self._buffer:
            self._send(len(self._buffer))
        self._state = "committing"
        self._file.call("complete_multipart_upload", UploadId=self._id, MultipartUpload={"Parts": self._parts})
        if (size := self._file.size()) != self._written:
            raise engine.Unavailable(f"{self._file} has {size} bytes in place of {self._written}.")
        self._state = "committed"

    def abort(self) -> None:
        if self._state == "committed":
            return
        try:
            if self._state == "committing":  # the answer may have been lost after the object was made
                self._file.delete()
            self._file.call("abort_multipart_upload", UploadId=self._id)
        except engine.NotFound:
            log.info("The upload of %s had ended", self._file)
        except engine.Error as error:
            log.warning("The parts of %s could not be removed: %s", self._file, error.message)

    def _send(self, size: int) -> None:
        if len(self._parts) == _MAX_PARTS:
            raise engine.TooLarge(_TOO_LARGE.format(_MAX_PARTS, self._part_bytes))
        with memoryview(self._buffer) as view:
            part = bytes(view[:size])
        del self._buffer[:size]
        number = len(self._parts) + 1
        names = {"UploadId": self._id, "PartNumber": number}
        answer = self._file.call("upload_part", **names, Body=part, ContentMD5=md5(part))
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})


class BucketReader:
    """Reads an object as a stream. Where the connection breaks, it continues at the byte that is missing."""

    def __init__(self, file: BucketFile) -> None:
        self._file = file
        self._position = self._reopenings = 0
        answer = file.call("get_object")
        self._body, self._etag = answer["Body"], answer["ETag"]

    def read(self, size: int, /) -> bytes:
        while True:
            try:
                chunk: bytes = self._body.read(size)
            except _UNREADABLE as error:
                self._reopen(error)
                continue
            self._position += len(chunk)
            if chunk:
                self._reopenings = 0
            return chunk

    def close(self) -> None:
        self._body.close()

    def _reopen(self, error: Exception) -> None:
        self._reopenings += 1
        if self._reopenings > _MAX_REOPENINGS:
            text = f"The connection breaks off while {self._file} is read, at byte {self._position}."
            raise engine.Unavailable(text) from error
        self._body.close()
        self._body = self._file.call("get_object", Range=f"bytes={self._position}-", IfMatch=self._etag)["Body"]


def md5(content: bytes) -> str:
    """Return the checksum of a request's body, as the header Content-MD5 has it."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Raise an `engine.Error` that names the object and the service's code; its texts may hold credentials."""
    try:
        yield
    except ClientError as error:
        _raise(error, name)
    except BotoCoreError as error:
        where = settings.BACKUP_ENDPOINT or "the service"
        raise engine.Unavailable(f"{where} cannot be reached for {name}: {type(error).__name__}.") from error


def _raise(error: ClientError, name: str) -> NoReturn:
    code = str(error.response.get("Error", {}).get("Code", ""))
    code = code if _CODE.fullmatch(code) else "unknown"
    if code in _REFUSALS:
        raise engine.Forbidden(_REFUSED.format(name, code)) from error
    if code == "NoSuchBucket":
        raise engine.NotFound(f"There is no bucket for {name}: create it, or correct BACKUP_BUCKET.") from error
    if code in _MISSING:
        raise engine.NotFound(f"There is no backup {name}.") from error
    if code == "NoSuchUpload":
        raise engine.NotFound(f"There is no upload of {name}.") from error
    raise engine.Unavailable(f"The service answers {code} for {name}.") from error
