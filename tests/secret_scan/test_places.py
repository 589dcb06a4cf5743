"""All places where a service writes are read, and each part has a name."""

from __future__ import annotations

import gzip
import secrets
import sqlite3
import zipfile
from pathlib import Path

import pymongo
import pytest

from datacube.local.paths import embedded_mongodb_uri
from features.backups.archive import Writer
from features.backups.locations import LocalFile
from tests.secret_scan import places, recorder

WORD = "a-word-that-is-searched"


def named(pieces) -> set[tuple[str, str]]:
    """Return (place, name) of each part with the word."""
    return {
        (piece.place, name)
        for piece in pieces
        if WORD.encode() in piece.content
        for name, content in piece.parts()
        if WORD.encode() in content
    }


def test_logs_mails_and_exports_are_read_by_lines(tmp_path: Path) -> None:
    for name in ("logs", "mail", "spool", recorder.FOLDER, "mongod"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file.log").write_text(f"first\nsecond {WORD}\nthird\n")
    (tmp_path / "secret_key").write_text(WORD)
    (tmp_path / "in-process.sqlite3_gw0").write_text(WORD)
    (tmp_path / "spool" / "export.gz").write_bytes(gzip.compress(f"{WORD}\n".encode()))
    with zipfile.ZipFile(tmp_path / "spool" / "tables.zip", "w") as archive:
        archive.writestr("films.csv", f"Title\n{WORD}\n", zipfile.ZIP_DEFLATED)
    assert named(places.files(tmp_path)) == {
        *((f"{folder}/file.log", "line 2") for folder in ("logs", "mail", "spool")),
        *(("spool/export.gz", "line 1"), ("spool/tables.zip (films.csv)", "line 2")),
    }


@pytest.mark.parametrize(("password", "parts"), [("", {("backups/b.tar", "documents/1")}), ("x", set())])
def test_members_of_archives_are_read(tmp_path: Path, password: str, parts: set[tuple[str, str]]) -> None:
    (tmp_path / "backups").mkdir()
    with Writer(LocalFile(tmp_path / "backups" / "b.tar"), password, "2026-11-20T10:00:00+00:00") as writer:
        writer.add("documents/1", WORD.encode() * 9)
        writer.finish({"kind": "database"})
    (tmp_path / "backups" / "damaged.tar").write_bytes(b"no archive")
    assert named(places.files(tmp_path)) == parts


def test_columns_of_the_sql_database_are_read(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "platform.sqlite3") as connection:
        connection.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, detail TEXT, raw BLOB)")
        connection.execute("INSERT INTO entries VALUES (7, ?, ?), (8, 'x', ?)", (f'["{WORD}"]', b"", WORD.encode()))
    assert named(places.sql(tmp_path)) == {
        ("platform.sqlite3, table entries", "row 7, column detail"),
        ("platform.sqlite3, table entries", "row 8, column raw"),
    }


@pytest.mark.usefixtures("service_url")
def test_documents_and_the_oplog_are_read() -> None:
    name = f"scan_{secrets.token_hex(6)}"
    with pymongo.MongoClient(embedded_mongodb_uri()) as client:
        client[name]["films"].insert_many([{"_id": 1, "a": [{"b": WORD}]}, {"_id": 2, "a": 1}])
        assert named(places._collection(client[name]["films"], "films")) == {("films", "_id 1")}
        client.drop_database(name)
        oplog = places._collection(client["local"]["oplog.rs"], "oplog")
        assert any(WORD.encode() in piece.content for piece in oplog)
