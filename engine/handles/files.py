"""Files of a database: for one actor, and public read-only access by id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.actions import Action
from engine.context.context import now
from engine.errors import NotFound
from engine.handles.database import Database
from engine.store import NO_FILE, Blob, Files, Store


class Blobs:
    """Files of a database for one actor; each has one or several variants.

    An id has 128 random bits: knowing it is enough to read the file where a surface says so. Needs READ, INSERT and
    DELETE as documents do.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._files = Files(database.store, database.physical)

    def add(
        self, variants: Mapping[str, bytes], *, name: str, facts: Mapping[str, Any], max_files: int, max_bytes: int
    ) -> str:
        """Store a file and return its id. The variant `o` is the original.

        Raises `TooLarge` beyond `max_files` files or `max_bytes` bytes in the database.
        """
        self._database.require_for_files(Action.INSERT)
        self._files.check_quota(sum(map(len, variants.values())), max_files=max_files, max_bytes=max_bytes)
        with_actor = {"by": self._database.actor, **facts}
        return self._files.add(variants, name=name, facts=with_actor, at=now())

    def find(self, id_or_name: str) -> Blob:
        """Find a file by id or name; of several with one name the newest."""
        self._database.require_for_files(Action.READ)
        return self._files.by_id(id_or_name) or self._files.by_name(id_or_name)

    def read(self, blob: Blob, variant: str, *, start: int = 0, end: int | None = None) -> bytes:
        self._database.require_for_files(Action.READ)
        return self._files.read(blob, variant, start=start, end=end)

    def delete(self, file_id: str) -> None:
        self._database.require_for_files(Action.DELETE)
        self._files.delete(file_id)

    def undo_add(self, file_id: str) -> None:
        """Delete a file that `add` has just stored."""
        self._database.require_for_files(Action.INSERT)
        self._files.delete(file_id)

    def of_ids(self, ids: Iterable[str]) -> dict[str, Blob]:
        """Return the existing ones of these files by id."""
        self._database.require_for_files(Action.READ)
        return self._files.of_ids(ids)

    def page(self, search: str, *, skip: int, limit: int) -> tuple[list[Blob], int]:
        """Return the newest files whose name contains a text, in any case, and the number of all that match."""
        self._database.require_for_files(Action.READ)
        return self._files.page(search, skip=skip, limit=limit)

    def usage(self) -> tuple[int, int]:
        """Return the number of files and their bytes, all variants included."""
        self._database.require_for_files(Action.READ)
        return self._files.usage()

    def existing_names(self, names: Iterable[str]) -> set[str]:
        """Return those of the names that files have already."""
        self._database.require_for_files(Action.INSERT)
        return self._files.existing_names(names)


class PublicFiles:
    """Public read-only access to the files of a physical database by id, or with `by_name` also by name."""

    def __init__(self, store: Store, physical: str, *, by_name: bool = False) -> None:
        self._files = Files(store, physical)
        self._by_name = by_name

    def find(self, id_or_name: str) -> Blob:
        blob = self._files.by_id(id_or_name)
        if blob is not None:
            return blob
        if not self._by_name:
            raise NotFound(NO_FILE)
        return self._files.by_name(id_or_name)

    def read(self, blob: Blob, variant: str, *, start: int = 0, end: int | None = None) -> bytes:
        return self._files.read(blob, variant, start=start, end=end)
