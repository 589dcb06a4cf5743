"""Files in GridFS: their metadata, pages, quota, and what remains of a deleted one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from pymongo import MongoClient

import engine
from engine.store.files import CHUNKS, FILES, Files

Mongo = MongoClient[dict[str, Any]]
AT = datetime(2026, 1, 2, 3, 4, 5)


@pytest.fixture
def files(store: engine.Store, database: str) -> Files:
    return Files(store, database)


def add(files: Files, content: bytes = b"content", *, name: str = "a.txt", **variants: bytes) -> str:
    return files.add({"o": content, **variants}, name=name, facts={"kind": "text/plain"}, at=AT)


def test_the_metadata_of_a_file(files: Files) -> None:
    file_id = add(files, t=b"small")
    blob = files.by_id(file_id)
    assert blob is not None
    assert (blob.id, blob.name, blob.length, blob.at, blob.facts) == (
        file_id,
        "a.txt",
        7,
        AT,
        {"kind": "text/plain"},
    )
    assert [files.read(blob, variant) for variant in ("o", "t")] == [b"content", b"small"]
    assert files.by_id("0" * 32) is None


@pytest.mark.parametrize(
    ("start", "end", "content"),
    [(0, None, b"content"), (3, None, b"tent"), (0, 3, b"con"), (3, 5, b"te"), (3, 99, b"tent"), (2, 2, b"")],
)
def test_parts_of_a_content(files: Files, start: int, end: int | None, content: bytes) -> None:
    blob = files.by_id(add(files))
    assert blob is not None
    assert files.read(blob, "o", start=start, end=end) == content


def test_only_originals_count(files: Files) -> None:
    assert files.usage() == (0, 0)
    add(files, b"12345", t=b"123")
    add(files, b"1")
    assert files.usage() == (2, 9)  # the bytes are those of all variants
    assert files.page("", skip=0, limit=9)[1] == 2


def test_the_quota(files: Files) -> None:
    add(files, b"12345")
    files.check_quota(5, max_files=2, max_bytes=10)
    with pytest.raises(engine.TooLarge, match="at most 1 files"):
        files.check_quota(0, max_files=1, max_bytes=10)
    with pytest.raises(engine.TooLarge, match="at most 9 bytes"):
        files.check_quota(5, max_files=2, max_bytes=9)


def test_pages_and_searches(files: Files) -> None:
    names = ["a.txt", "B.TXT", "c(1).png", "d.txt"]
    for name in names:
        add(files, name=name, t=b"")
    for search, expected in [
        ("", 4),
        (".txt", 3),
        ("(1)", 1),
        ("a.*", 0),
        ("^a", 0),
        ("b", 1),
    ]:
        page, total = files.page(search, skip=0, limit=9)
        assert (len(page), total) == (expected, expected), search
    listed = [files.page("", skip=skip, limit=3) for skip in (0, 3, 6)]
    assert [(len(page), total) for page, total in listed] == [(3, 4), (1, 4), (0, 4)]
    assert sorted(blob.name for page, _ in listed for blob in page) == sorted(names)


def test_names(files: Files) -> None:
    add(files, b"1", name="a", t=b"123")
    newest = add(files, b"2", name="a")
    assert files.existing_names(["a", "b"]) == {"a"}
    assert files.by_name("a").id == newest
    with pytest.raises(engine.NotFound, match="File not found"):
        files.by_name("b")


def test_ids(files: Files) -> None:
    one, other = add(files), add(files)
    assert set(files.of_ids([one, other, "x"])) == {one, other}
    assert files.of_ids([]) == {}


def test_nothing_remains_of_a_deleted_file(files: Files, mongo: Mongo, database: str) -> None:
    file_id, other = add(files, t=b"small"), add(files)
    blob = files.by_id(file_id)
    files.delete(file_id)
    assert blob is not None
    with pytest.raises(engine.NotFound):
        files.read(blob, "o")
    with pytest.raises(engine.NotFound):
        files.delete(file_id)
    assert [item["metadata"]["file"] for item in mongo[database][FILES].find()] == [other]
    assert mongo[database][CHUNKS].count_documents({}) == 1


def test_a_variant_that_does_not_exist(files: Files) -> None:
    blob = files.by_id(add(files))
    assert blob is not None
    with pytest.raises(engine.NotFound):
        files.read(blob, "t")
