"""The media archive of a database: uploads and reads files, and makes smaller sizes of images once."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings

import engine
from accounts.principal import Principal
from catalog.services.access import known_entry, open_database
from engine.handles import Blobs, PublicFiles
from engine.store import Blob
from engine.suspension import blocking
from features.files import images, kinds

ORIGINAL = "o"
SIZES = (*images.SIDES, ORIGINAL)
_MAX_NAME_LENGTH = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0080-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class ReadableContent(Protocol):
    """A file that can be read as a whole: an open file, or an upload as Django has it."""

    def read(self) -> bytes: ...


@dataclass(frozen=True)
class Upload:
    """A file to store; `name` is the name that the client sent."""

    name: str
    size: int
    content: ReadableContent


@dataclass(frozen=True)
class StoredFiles:
    """The files of one upload."""

    upload_id: str
    ids: list[str]


@dataclass(frozen=True)
class File:
    """The metadata of a file; `kind` is its media type, which the service determined."""

    id: str
    name: str
    kind: str
    length: int
    at: datetime
    by: str
    width: int | None
    height: int | None
    exif: dict[str, Any]


@dataclass(frozen=True)
class FileUsage:
    """The files of a database and their limits; smaller sizes of images count as bytes."""

    files: int
    bytes: int
    max_files: int
    max_bytes: int


@dataclass(frozen=True)
class Content:
    """One size of a file, to be read in parts."""

    file: File
    kind: str
    length: int
    size: str
    _source: Blobs | PublicFiles
    _blob: Blob

    @property
    def is_shown(self) -> bool:
        """Return whether a page may show the file; others may only be downloaded."""
        return self.kind in kinds.IMAGES

    def read(self, *, start: int = 0, end: int | None = None) -> bytes:
        return self._source.read(self._blob, self.size, start=start, end=end)


def upload(principal: Principal, database_id: str, uploads: Sequence[Upload]) -> StoredFiles:
    """Store all of the files, or none. Requires INSERT."""
    database = open_database(principal, database_id)
    database.require_for_files(engine.Action.INSERT)
    if not uploads:
        raise engine.Invalid("There are no files to upload; send them as multipart/form-data.")
    if len(uploads) > settings.MAX_FILES_AT_ONCE:
        raise engine.TooLarge(f"At most {settings.MAX_FILES_AT_ONCE} files at once (MAX_FILES_AT_ONCE).")
    for item in uploads:
        if item.size > settings.MAX_FILE_BYTES:
            raise engine.TooLarge(f"A file has at most {settings.MAX_FILE_BYTES} bytes (MAX_FILE_BYTES).")
    upload_id = secrets.token_hex(16)
    blobs = Blobs(database)
    ids: list[str] = []
    try:
        for item in uploads:
            ids.append(_add(blobs, item, upload_id))
    except engine.Error:
        for file_id in ids:
            blobs.undo_add(file_id)
        raise
    return StoredFiles(upload_id, ids)


def _add(blobs: Blobs, item: Upload, upload_id: str) -> str:
    content = item.content.read()
    kind = kinds.kind_of(content)
    facts: dict[str, Any] = {"kind": kind, "upload": upload_id}
    variants = {ORIGINAL: content}
    if kind in kinds.IMAGES:
        picture = images.picture(content, kind, max_pixels=settings.MAX_IMAGE_PIXELS)
        if picture is None:
            facts["kind"] = kinds.OTHER  # only its first bytes look like an image
        else:
            facts |= {
                "width": picture.width,
                "height": picture.height,
                "exif": picture.facts,
                "small": picture.kind,
            }
            facts["sizes"] = {name: len(small) for name, small in picture.sizes.items()}
            variants |= picture.sizes
    return blobs.add(
        variants,
        name=_name(item.name),
        facts=facts,
        max_files=settings.MAX_FILES,
        max_bytes=settings.MAX_FILES_BYTES,
    )


def _name(name: str) -> str:
    cleaned = _CONTROL.sub("", name.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    return cleaned[-_MAX_NAME_LENGTH:] or "file"


def describe(principal: Principal, database_id: str, id_or_name: str) -> File:
    return _file(Blobs(open_database(principal, database_id)).find(id_or_name))


def list_files(
    principal: Principal, database_id: str, *, search: str, page: int, page_size: int
) -> tuple[list[File], int]:
    """Return a page of the files whose name contains a text, newest first, and the total number of these."""
    blobs = Blobs(open_database(principal, database_id))
    items, total = blobs.page(search, skip=(page - 1) * page_size, limit=page_size)
    return [*map(_file, items)], total


def usage(principal: Principal, database_id: str) -> FileUsage:
    count, used = Blobs(open_database(principal, database_id)).usage()
    return FileUsage(count, used, settings.MAX_FILES, settings.MAX_FILES_BYTES)


def repeated_names(principal: Principal, database_id: str, names: Sequence[str]) -> list[str]:
    """Return the names of new files that are stored already or occur twice.

    A name stands for the newest file that has it, so another file of the same name replaces it there.
    """
    cleaned = [*map(_name, names)]
    existing = Blobs(open_database(principal, database_id)).existing_names(cleaned)
    return sorted({name for name in cleaned if name in existing or cleaned.count(name) > 1})


@blocking
def describe_all(database: engine.Database, ids: Iterable[str]) -> dict[str, File]:
    """Return the existing files of these ids, by id."""
    return {file_id: _file(blob) for file_id, blob in Blobs(database).of_ids(ids).items()}


def open_content(principal: Principal, database_id: str, id_or_name: str, *, size: str) -> Content:
    blobs = Blobs(open_database(principal, database_id))
    return _content(blobs, blobs.find(id_or_name), size)


def open_public(database_id: str, id_or_name: str, *, size: str) -> Content:
    """Open a file for anyone who knows its id, which cannot be guessed; or its name, where a setting allows it."""
    files = _open_public_files(database_id)
    return _content(files, files.find(id_or_name), size)


def delete(principal: Principal, database_id: str, file_id: str) -> None:
    Blobs(open_database(principal, database_id)).delete(file_id)


def discard(principal: Principal, database_id: str, file_id: str) -> None:
    """Delete a file that another one replaces, or that nothing refers to. Requires INSERT, as storing one does."""
    try:
        Blobs(open_database(principal, database_id)).undo_add(file_id)
    except engine.NotFound:
        return  # another request has deleted it


def _content(source: Blobs | PublicFiles, blob: Blob, size: str) -> Content:
    """Return the requested size of a file, or the original where it has no smaller sizes."""
    if size not in SIZES:
        raise engine.Invalid.of_field("s", f"Must be one of {', '.join(SIZES)}.")
    small = blob.facts.get("sizes", {})
    if size in small:
        return Content(_file(blob), blob.facts["small"], small[size], size, source, blob)
    return Content(_file(blob), blob.facts["kind"], blob.length, ORIGINAL, source, blob)


def _file(blob: Blob) -> File:
    facts = blob.facts
    return File(
        id=blob.id,
        name=blob.name,
        kind=facts["kind"],
        length=blob.length,
        at=blob.at,
        by=facts["by"],
        width=facts.get("width"),
        height=facts.get("height"),
        exif=dict(facts.get("exif", {})),
    )


def _open_public_files(database_id: str) -> PublicFiles:
    """Open public read-only access to files by id and, if the database allows it, by name. Raises `NotFound`."""
    entry = known_entry(database_id)
    return PublicFiles(entry.cluster.store, entry.physical, by_name=entry.public_file_names)
