"""Files of a physical database, in GridFS."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridfs import GridFSBucket, NoFile

from engine.errors import NotFound, TooLarge
from engine.store.read import BUCKET
from engine.store.store import Store

FILES, CHUNKS = f"{BUCKET}.files", f"{BUCKET}.chunks"
NO_FILE = "File not found."
ORIGINAL = "o"


@dataclass(frozen=True)
class Blob:
    """A file's metadata. `facts` is what the uploader recorded, such as its type."""

    id: str
    name: str
    length: int
    at: datetime
    facts: Mapping[str, Any]


class Files:
    """Files of a physical database. Checks no permission: the handles do."""

    def __init__(self, store: Store, physical: str) -> None:
        self._store = store
        self._physical = physical

    def usage(self) -> tuple[int, int]:
        stages = [{"$group": {"_id": None, "files": {"$sum": _IS_ORIGINAL}, "bytes": {"$sum": "$length"}}}]
        totals = self._store.aggregate(self._physical, FILES, stages)
        return (totals[0]["files"], totals[0]["bytes"]) if totals else (0, 0)

    def check_quota(self, size: int, *, max_files: int, max_bytes: int) -> None:
        count, used = self.usage()
        if count >= max_files:
            raise TooLarge(f"A database has at most {max_files} files (MAX_FILES).")
        if used + size > max_bytes:
            raise TooLarge(f"The files of a database have at most {max_bytes} bytes (MAX_FILES_BYTES).")

    def add(self, variants: Mapping[str, bytes], *, name: str, facts: Mapping[str, Any], at: datetime) -> str:
        """Store the variants and return the new id. The original is written last: it makes the file exist."""
        file_id = secrets.token_hex(16)
        bucket = self._bucket()
        with self._store.write_time_limit():
            for variant in sorted(variants, key=ORIGINAL.__eq__):
                metadata = {"file": file_id, "variant": variant, "at": at, "facts": dict(facts)}
                with bucket.open_upload_stream_with_id(_key(file_id, variant), name, metadata=metadata) as stream:
                    stream.write(variants[variant])
        return file_id

    def by_id(self, file_id: str) -> Blob | None:
        files = self._store.all(self._physical, FILES, {"_id": _key(file_id, ORIGINAL)})
        return _blob(files[0]) if files else None

    def by_name(self, name: str) -> Blob:
        """Return the newest file of that name. GridFS has an index on names."""
        filter = {"filename": name, "metadata.variant": ORIGINAL}
        files = self._store.find(
            self._physical, FILES, filter, sort=[("uploadDate", -1)], fields=None, skip=0, limit=1
        )
        if not files:
            raise NotFound(NO_FILE)
        return _blob(files[0])

    def of_ids(self, ids: Iterable[str]) -> dict[str, Blob]:
        keys = [_key(file_id, ORIGINAL) for file_id in ids]
        blobs = map(_blob, self._store.all(self._physical, FILES, {"_id": {"$in": keys}}) if keys else [])
        return {blob.id: blob for blob in blobs}

    def page(self, search: str, *, skip: int, limit: int) -> tuple[list[Blob], int]:
        filter: dict[str, Any] = {"metadata.variant": ORIGINAL}
        if search:
            filter["filename"] = {"$regex": re.escape(search), "$options": "i"}
        order = [("uploadDate", -1), ("_id", 1)]
        files = self._store.find(self._physical, FILES, filter, sort=order, fields=None, skip=skip, limit=limit)
        return [*map(_blob, files)], self._store.count(self._physical, FILES, filter)

    def existing_names(self, names: Iterable[str]) -> set[str]:
        filter = {"filename": {"$in": [*names]}, "metadata.variant": ORIGINAL}
        return {item["filename"] for item in self._store.all(self._physical, FILES, filter, fields={"filename": 1})}

    def read(self, blob: Blob, variant: str, *, start: int = 0, end: int | None = None) -> bytes:
        """Return the bytes from `start` to before `end`. Raises `NotFound` if the file was deleted in the
        meantime.
        """
        with self._store.write_time_limit():
            try:
                with self._bucket().open_download_stream(_key(blob.id, variant)) as stream:
                    stream.seek(start)
                    return stream.read(-1 if end is None else end - start)
            except NoFile as error:
                raise NotFound(NO_FILE) from error

    def delete(self, file_id: str) -> None:
        """Delete the original first: after a crash nobody can reach the other variants."""
        if self.by_id(file_id) is None:
            raise NotFound(NO_FILE)
        variants = self._store.all(self._physical, FILES, {"metadata.file": file_id}, fields={"_id": 1})
        keys = sorted((item["_id"] for item in variants), key=lambda key: not key.endswith(ORIGINAL))
        with self._store.write_time_limit():
            for key in keys:
                self._forget(key)

    def _forget(self, key: str) -> None:
        try:
            self._bucket().delete(key)
        except NoFile:
            return  # somebody else deletes it too

    def _bucket(self) -> GridFSBucket:
        return GridFSBucket(self._store.database(self._physical), bucket_name=BUCKET)


_IS_ORIGINAL = {"$cond": [{"$eq": ["$metadata.variant", ORIGINAL]}, 1, 0]}


def _key(file_id: str, variant: str) -> str:
    return f"{file_id}:{variant}"


def _blob(file: Mapping[str, Any]) -> Blob:
    metadata = file["metadata"]
    return Blob(metadata["file"], file["filename"], file["length"], metadata["at"], metadata["facts"])
