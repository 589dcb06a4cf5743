"""The file of a backup: a tar whose members are compressed and, with a password, encrypted one by one.

`header.json` comes first and is not encrypted; `manifest.json` comes last, so that a file without it is not whole.
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import tarfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

import engine
from features.backups.locations import Location

FORMAT = 1
HEADER, MANIFEST = "header.json", "manifest.json"
_SALT_BYTES, _NONCE_BYTES = 16, 12
_MAX_HEADER_BYTES = 64 * 1024
# A batch of MongoDB has at most 16 MB and a document that is larger than it.
_MAX_MEMBER_BYTES = 64 * 1024 * 1024
_LEVEL = 1
_BLOCK_BYTES = 256 * 1024
_SCRYPT = {"length": 32, "n": 2**15, "r": 8, "p": 1}


@dataclass
class Writer:
    """Writes an archive, which gets its name once it is whole. `installation` is the one that it belongs to."""

    location: Location
    password: str = field(repr=False)
    created_at: str
    installation: str = ""
    hashes: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._file = self.location.create()
        stream: Any = self._file  # tarfile calls `write` alone
        self._tar = tarfile.open(fileobj=stream, mode="w|")
        salt = secrets.token_bytes(_SALT_BYTES)
        self._cipher = _cipher(self.password, salt)
        header = {
            "format": FORMAT,
            "created_at": self.created_at,
            "salt": salt.hex() if self._cipher else None,
            "installation": self.installation,
        }
        self._append(HEADER, json.dumps(header).encode())
        return self

    def add(self, name: str, content: bytes) -> None:
        """Append a member; a name may be used once."""
        packed = zlib.compress(content, _LEVEL)
        if self._cipher:
            nonce = secrets.token_bytes(_NONCE_BYTES)
            packed = nonce + self._cipher.encrypt(nonce, packed, name.encode())
        self.hashes[name] = hashlib.sha256(packed).hexdigest()
        self._append(name, packed)

    @property
    def size(self) -> int:
        """Number of bytes that were written so far."""
        return self._file.tell()

    def finish(self, manifest: dict[str, Any]) -> None:
        """Append the manifest, and make the archive visible under its name."""
        self.add(MANIFEST, json.dumps({**manifest, "members": dict(self.hashes)}).encode())
        self._tar.close()
        self._file.commit()

    def _append(self, name: str, content: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = len(content), int(time.time()), 0o600
        self._tar.addfile(member, io.BytesIO(content))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError, engine.Error):  # after a failure, the rest of the tar does not matter
            self._tar.close()
        self._file.abort()


@dataclass(frozen=True)
class BackupFile:
    """An archive that was read to its end and is whole; `manifest` is what its writer recorded."""

    location: Location
    password: str = field(repr=False)
    header: dict[str, Any]
    manifest: dict[str, Any]

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of every member except header and manifest, in the order of the file."""
        for name, content, _ in _members(self.location, self.password):
            if name != MANIFEST:
                yield name, content


def open_archive(
    location: Location, *, password: str, each_member: Callable[[], None] = lambda: None
) -> BackupFile:
    """Read an archive to its end and check every member. Raises `Invalid` unless it is whole and readable.

    `each_member` is called after each of them.
    """
    header = read_header(location)
    hashes: dict[str, str] = {}
    manifest: dict[str, Any] | None = None
    for name, content, digest in _members(location, password):
        if name == MANIFEST:
            manifest = json.loads(content)
        else:
            hashes[name] = digest
        each_member()
    if manifest is None or manifest["members"] != hashes:
        raise engine.Invalid(f"The backup {location} is not whole: it ends early, or a part was changed.")
    return BackupFile(location, password, header, manifest)


def _members(location: Location, password: str) -> Iterator[tuple[str, bytes, str]]:
    """Yield name, content and hash of the members after the header."""
    header = read_header(location)
    if header["salt"] and not password:
        raise engine.Invalid(f"The backup {location} is encrypted: give its password (BACKUP_PASSWORD).")
    cipher = _cipher(password if header["salt"] else "", bytes.fromhex(header["salt"] or ""))
    try:
        with location.open() as file, _tar_of(file) as tar:
            for member in tar:
                if member.name == HEADER:
                    continue
                packed = _content(tar, member, _MAX_MEMBER_BYTES)
                yield member.name, _unpacked(cipher, member.name, packed), hashlib.sha256(packed).hexdigest()
    except InvalidTag as error:
        text = f"The backup {location} cannot be decrypted: BACKUP_PASSWORD is wrong, or it was changed."
        raise engine.Invalid(text) from error
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise engine.Invalid(f"The backup {location} is damaged: {error}.") from error


def _tar_of(stream: Any) -> tarfile.TarFile:
    """Return the tar in a stream, of which `read` alone is called."""
    return tarfile.open(fileobj=stream, mode="r|", bufsize=_BLOCK_BYTES)


def _unpacked(cipher: AESGCM | None, name: str, packed: bytes) -> bytes:
    if cipher:
        packed = cipher.decrypt(packed[:_NONCE_BYTES], packed[_NONCE_BYTES:], name.encode())
    inflater = zlib.decompressobj()
    content = inflater.decompress(packed, _MAX_MEMBER_BYTES)
    if not inflater.eof:
        raise zlib.error(f"{name} is longer than {_MAX_MEMBER_BYTES} bytes, or ends early")
    return content


def read_header(location: Location) -> dict[str, Any]:
    """Return the first part of an archive, which is not encrypted. Raises `NotFound`, and `Invalid` for others."""
    try:
        with location.open() as file, _tar_of(file) as tar:
            member = tar.next()
            if member is None or member.name != HEADER:
                raise engine.Invalid(f"{location} is not a backup of DataCube.")
            header: dict[str, Any] = json.loads(_content(tar, member, _MAX_HEADER_BYTES))
    except (tarfile.TarError, ValueError) as error:
        raise engine.Invalid(f"{location} is not a backup of DataCube.") from error
    if header["format"] != FORMAT:
        raise engine.Invalid(f"{location} has format {header['format']}; this version reads format {FORMAT}.")
    return header


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo, max_bytes: int) -> bytes:
    file = tar.extractfile(member)
    if file is None or member.size > max_bytes:
        raise tarfile.ReadError(f"{member.name} is no file of at most {max_bytes} bytes")
    return file.read()


def _cipher(password: str, salt: bytes) -> AESGCM | None:
    return AESGCM(Scrypt(salt=salt, **_SCRYPT).derive(password.encode())) if password else None
