"""The media archive of a database: files in, files out, smaller sizes of images made once."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from django.conf import settings

import engine
from accounts.principal import Principal
from catalog.services import open_database, open_public_files
from features.files import images, kinds

ORIGINAL = "o"
SIZES = (*images.SIDES, ORIGINAL)
_LONGEST_NAME = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0080-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Upload:
    """A file that is to be kept; `name` is what its sender calls it."""

    name: str
    size: int
    content: BinaryIO


@dataclass(frozen=True)
class Kept:
    """Several files that came in together."""

    upload_id: str
    ids: list[str]


@dataclass(frozen=True)
class File:
    """A file as it is described; `kind` is its media type, which the service decided."""

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
class Usage:
    """How much of its share of files a database uses; smaller sizes of images count as bytes."""

    files: int
    bytes: int
    max_files: int
    max_bytes: int


@dataclass(frozen=True)
class Content:
    """A size of a file, ready to be read in parts."""

    file: File
    kind: str
    length: int
    size: str
    _source: engine.Blobs | engine.Shelf
    _blob: engine.Blob

    @property
    def is_shown(self) -> bool:
        """Whether a page may show it; else it is for saving alone."""
        return self.kind in kinds.IMAGES

    def read(self, *, start: int = 0, end: int | None = None) -> bytes:
        return self._source.read(self._blob, self.size, start=start, end=end)


def upload(principal: Principal, database_id: str, uploads: Sequence[Upload]) -> Kept:
    """All of the files, or none."""
    database = open_database(principal, database_id)
    database.require(engine.Action.INSERT)
    if not uploads:
        raise engine.Invalid("There are no files to upload; send them as multipart/form-data.")
    if len(uploads) > settings.MAX_FILES_AT_ONCE:
        raise engine.TooLarge(f"At most {settings.MAX_FILES_AT_ONCE} files at once (MAX_FILES_AT_ONCE).")
    for item in uploads:
        if item.size > settings.MAX_FILE_BYTES:
            raise engine.TooLarge(f"A file has at most {settings.MAX_FILE_BYTES} bytes (MAX_FILE_BYTES).")
    upload_id = secrets.token_hex(16)
    blobs = engine.Blobs(database)
    ids: list[str] = []
    try:
        for item in uploads:
            ids.append(_add(blobs, item, upload_id))
    except engine.Error:
        for file_id in ids:
            blobs.take_back(file_id)
        raise
    return Kept(upload_id, ids)


def _add(blobs: engine.Blobs, item: Upload, upload_id: str) -> str:
    content = item.content.read()
    kind = kinds.kind_of(content)
    facts: dict[str, Any] = {"kind": kind, "upload": upload_id}
    variants = {ORIGINAL: content}
    if kind in kinds.IMAGES:
        found = images.picture(content, kind, most=settings.MAX_IMAGE_PIXELS)
        if found is None:
            facts["kind"] = kinds.OTHER  # it only begins like one
        else:
            facts |= {"width": found.width, "height": found.height, "exif": found.facts, "small": found.kind}
            facts["sizes"] = {name: len(small) for name, small in found.sizes.items()}
            variants |= found.sizes
    return blobs.add(
        variants, name=_name(item.name), facts=facts, most=settings.MAX_FILES, room=settings.MAX_FILES_BYTES
    )


def _name(given: str) -> str:
    plain = _CONTROL.sub("", given.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    return plain[-_LONGEST_NAME:] or "file"


def describe(principal: Principal, database_id: str, id_or_name: str) -> File:
    return _file(engine.Blobs(open_database(principal, database_id)).find(id_or_name))


def list_files(
    principal: Principal, database_id: str, *, search: str, page: int, page_size: int
) -> tuple[list[File], int]:
    """Return a page of the files whose name contains a text, newest first, and the number of all of these."""
    blobs = engine.Blobs(open_database(principal, database_id))
    found, total = blobs.page(search, skip=(page - 1) * page_size, limit=page_size)
    return [*map(_file, found)], total


def usage(principal: Principal, database_id: str) -> Usage:
    count, used = engine.Blobs(open_database(principal, database_id)).usage()
    return Usage(count, used, settings.MAX_FILES, settings.MAX_FILES_BYTES)


def repeated_names(principal: Principal, database_id: str, names: Sequence[str]) -> list[str]:
    """Return those of the names of new files that are stored already or come twice.

    A file is found by its name as the newest that has it: another file of the same name takes its place there.
    """
    cleaned = [*map(_name, names)]
    existing = engine.Blobs(open_database(principal, database_id)).existing_names(cleaned)
    return sorted({name for name in cleaned if name in existing or cleaned.count(name) > 1})


def describe_all(database: engine.Database, ids: Iterable[str]) -> dict[str, File]:
    """Those that there are, by their ids."""
    return {name: _file(blob) for name, blob in engine.Blobs(database).of_ids(ids).items()}


def open_content(principal: Principal, database_id: str, id_or_name: str, *, size: str) -> Content:
    blobs = engine.Blobs(open_database(principal, database_id))
    return _content(blobs, blobs.find(id_or_name), size)


def open_public(database_id: str, id_or_name: str, *, size: str) -> Content:
    """For everybody who knows the id, which cannot be guessed; or the name, where that is a setting."""
    shelf = open_public_files(database_id)
    return _content(shelf, shelf.find(id_or_name), size)


def delete(principal: Principal, database_id: str, file_id: str) -> None:
    engine.Blobs(open_database(principal, database_id)).delete(file_id)


def _content(source: engine.Blobs | engine.Shelf, blob: engine.Blob, size: str) -> Content:
    """Of what has no smaller sizes the original."""
    if size not in SIZES:
        raise engine.Invalid.of_field("s", f"Must be one of {', '.join(SIZES)}.")
    small = blob.facts.get("sizes", {})
    if size in small:
        return Content(_file(blob), blob.facts["small"], small[size], size, source, blob)
    return Content(_file(blob), blob.facts["kind"], blob.length, ORIGINAL, source, blob)


def _file(blob: engine.Blob) -> File:
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
