"""All that a service has written: its files, the members of its archives, its SQL rows, its documents.

Each part is yielded as (place, name of a line in it, bytes), in pieces of some megabytes.
"""

from __future__ import annotations

import gzip
import io
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymongo
from bson import CodecOptions, decode_all
from bson.raw_bson import RawBSONDocument

from engine import Invalid, NotFound
from features.backups.archive import open_archive
from features.backups.locations import LocalFile
from tests.secret_scan.recorder import FOLDER

_PIECE = 8 * 1024 * 1024
_ROWS = 2_000
# Of one collection: the newest documents. Only the oplog of a whole run is larger.
_MAX_COLLECTION_BYTES = 64 * 1024 * 1024
# Read another way, or where the secrets belong: mongod's files, and the keys of the installation.
_SKIPPED = frozenset({"mongod", "secret_key", FOLDER})
_SQL = "platform.sqlite3"
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"


@dataclass(frozen=True)
class Piece:
    """A part of what was written. `parts` splits it into (name, bytes), for the report of a secret in it."""

    place: str
    content: bytes
    parts: Callable[[], Iterator[tuple[str, bytes]]]


def files(home: Path) -> Iterator[Piece]:
    """Yield the files of an installation, except those of databases: logs, mail, exports, backups, Valkey."""
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home)
        if name.parts[0] in _SKIPPED or ".sqlite3" in name.parts[0] or not path.is_file():
            continue
        try:
            yield from _archive(path, str(name)) if name.suffix == ".tar" else _file(path, str(name))
        except FileNotFoundError:  # the service runs, and deletes what it needs no more
            continue


def _file(path: Path, name: str) -> Iterator[Piece]:
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(_ZIP):
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                yield from _lines(io.BytesIO(archive.read(member)), f"{name} ({member})")
        return
    with gzip.open(path) if head.startswith(_GZIP) else path.open("rb") as file:
        yield from _lines(file, name)


def _lines(file: Any, name: str) -> Iterator[Piece]:
    first = 1
    while lines := file.readlines(_PIECE):
        yield Piece(name, b"".join(lines), lambda lines=lines, first=first: _numbered(lines, first))
        first += len(lines)


def _numbered(lines: list[bytes], first: int) -> Iterator[tuple[str, bytes]]:
    return ((f"line {number}", line) for number, line in enumerate(lines, first))


def _archive(path: Path, name: str) -> Iterator[Piece]:
    try:
        members = open_archive(LocalFile(path), password="").members()
    except (Invalid, NotFound):  # damaged or encrypted by a test
        yield from _file(path, name)
        return
    for member, content in members:
        yield Piece(name, content, lambda member=member, content=content: iter([(member, content)]))


def sql(home: Path) -> Iterator[Piece]:
    """Yield the columns of all tables of the platform's SQL database, the audit log among them."""
    with closing(sqlite3.connect(f"file:{home / _SQL}?mode=ro", uri=True, timeout=60)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        for (table,) in names:
            cursor = connection.execute(f'SELECT rowid, * FROM "{table}"')
            columns = [column[0] for column in cursor.description]
            while rows := cursor.fetchmany(_ROWS):
                content = b"\n".join(_bytes(value) for row in rows for value in row[1:])
                yield Piece(
                    f"{_SQL}, table {table}", content, lambda rows=rows, columns=columns: _cells(rows, columns)
                )


def _cells(rows: list[tuple[Any, ...]], columns: list[str]) -> Iterator[tuple[str, bytes]]:
    for row in rows:
        for column, value in zip(columns[1:], row[1:], strict=True):
            yield f"row {row[0]}, column {column}", _bytes(value)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


def documents(uri: str) -> Iterator[Piece]:
    """Yield the documents of all databases of MongoDB, its own and the oplog too, the newest first."""
    with pymongo.MongoClient(uri) as client:
        for database in sorted(client.list_database_names()):
            names = client[database].list_collections(filter={"type": "collection"})
            for collection in sorted(item["name"] for item in names):
                yield from _collection(client[database][collection], f"{database}.{collection}")


def _collection(collection: Any, name: str) -> Iterator[Piece]:
    rest = _MAX_COLLECTION_BYTES
    with collection.find_raw_batches({}, sort=[("$natural", -1)]) as batches:
        for batch in batches:
            yield Piece(name, batch, lambda batch=batch: _named(batch))
            rest -= len(batch)
            if rest < 0:
                return


def _named(batch: bytes) -> Iterator[tuple[str, bytes]]:
    for number, document in enumerate(decode_all(batch, CodecOptions(document_class=RawBSONDocument))):
        yield f"_id {document.get('_id', number)}", bytes(document.raw)
