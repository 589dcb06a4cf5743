"""Files: what was written is read, byte for byte; who may; what goes with what; copies of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from pymongo import MongoClient

import engine
from engine.context import now
from engine.handles import Blobs, PublicFiles
from engine.jobs import FileClone

Mongo = MongoClient[dict[str, Any]]
Open = Callable[..., Blobs]
ROOM = {"max_files": 10, "max_bytes": 10**7}
CHUNK = 255 * 1024


def handle(store: engine.Store, physical: str, *allowed: engine.Action) -> engine.Database:
    actions = frozenset(allowed or engine.ALL_ACTIONS)
    return engine.Database(
        store, id="1" * 24, name="db", physical=physical, actor="k1", allowed=actions, specs={}, surface=""
    )


@pytest.fixture
def opened(store: engine.Store, database: str) -> Open:
    return lambda *allowed: Blobs(handle(store, database, *allowed))


@pytest.fixture
def copy(mongo: Mongo) -> Any:
    """The physical name of a second database."""
    name = f"test_{secrets.token_hex(6)}"
    yield name
    for collection in mongo[name].list_collection_names():
        mongo[name].drop_collection(collection)


def add(blobs: Blobs, content: bytes, name: str = "a", **variants: bytes) -> str:
    return blobs.add({"o": content, **variants}, name=name, facts={"kind": "x"}, **ROOM)


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_was_written_is_read(opened: Open, length: int) -> None:
    blobs, content = opened(), secrets.token_bytes(length)
    blob = blobs.find(add(blobs, content, t=content[:5]))
    assert (blob.name, blob.length, blob.facts) == ("a", length, {"by": "k1", "kind": "x"})
    assert (blobs.read(blob, "o"), blobs.read(blob, "t")) == (content, content[:5])
    for start, end in ((0, 1), (CHUNK - 1, CHUNK + 1), (length // 2, None), (0, length)):
        if start < length:
            assert blobs.read(blob, "o", start=start, end=end) == content[start:end]


def test_by_name_the_newest_and_by_ids_those_that_are_there(opened: Open) -> None:
    blobs = opened()
    old, new = add(blobs, b"old"), add(blobs, b"new")
    assert blobs.find("a").id == new
    assert {*blobs.of_ids([old, "0" * 32])} == {old}
    assert blobs.of_ids([]) == {}
    with pytest.raises(engine.NotFound):
        blobs.find("b")


def test_the_room_of_a_database(opened: Open) -> None:
    blobs = opened()
    add(blobs, b"12345", t=b"67")
    with pytest.raises(engine.TooLarge, match="MAX_FILES_BYTES"):
        blobs.add({"o": b"12", "t": b"34"}, name="a", facts={}, max_files=2, max_bytes=10)
    with pytest.raises(engine.TooLarge, match=r"MAX_FILES\)"):
        blobs.add({"o": b""}, name="a", facts={}, max_files=1, max_bytes=10)
    blobs.add({"o": b"12", "t": b"3"}, name="a", facts={}, max_files=2, max_bytes=10)


def test_nothing_is_left_of_what_is_deleted(opened: Open, mongo: Mongo, database: str) -> None:
    blobs = opened()
    gone, kept = add(blobs, b"1" * 2 * CHUNK, t=b"2"), add(blobs, b"3")
    blob = blobs.find(gone)
    blobs.delete(gone)
    with pytest.raises(engine.NotFound):
        blobs.delete(gone)
    with pytest.raises(engine.NotFound):
        blobs.read(blob, "o")
    assert [item["_id"] for item in mongo[database]["media.files"].find()] == [f"{kept}:o"]
    assert mongo[database]["media.chunks"].distinct("files_id") == [f"{kept}:o"]


def test_who_may(opened: Open) -> None:
    reader, writer, deleter = (opened(getattr(engine.Action, name)) for name in ("READ", "INSERT", "DELETE"))
    name = add(writer, b"1")
    blob = reader.find(name)
    for work in (
        lambda: add(reader, b"2"),
        lambda: reader.delete(name),
        lambda: writer.find(name),
        lambda: writer.read(blob, "o"),
        lambda: writer.of_ids([name]),
        lambda: deleter.undo_add(name),
    ):
        with pytest.raises(engine.Forbidden):
            work()
    assert reader.read(blob, "o") == b"1"
    deleter.delete(name)


def test_a_shelf_knows_ids_alone(opened: Open, store: engine.Store, database: str, copy: str) -> None:
    name = add(opened(), b"1")
    shelf = PublicFiles(store, database)
    assert shelf.read(shelf.find(name), "o") == b"1"
    for wrong, physical in (("a", database), (name, copy)):
        with pytest.raises(engine.NotFound):
            PublicFiles(store, physical).find(wrong)


def stored(mongo: Mongo, database: str) -> list[Any]:
    """Entries and content, each as MongoDB has it."""
    return [[*mongo[database][name].find(sort=[("_id", 1)])] for name in ("media.files", "media.chunks")]


def cloned(source: engine.Database, target: str, moment: datetime) -> tuple[int, list[int]]:
    """How many files were copied, twice, and what was told the first time."""
    told: list[int] = []
    clone = FileClone(source, source.store, target, moment)
    counts = (clone.run(told.append), clone.run(lambda _: None))
    assert counts[0] == counts[1]
    assert told[-1:] == ([clone.weight()] if told else [])
    return counts[0], told


def test_a_copy_of_all(opened: Open, store: engine.Store, mongo: Mongo, database: str, copy: str) -> None:
    blobs = opened()
    for number in range(5):
        add(blobs, secrets.token_bytes(number * 100_000), t=b"small")
    count, told = cloned(handle(store, database), copy, now())
    assert (count, told) == (5, [1 + 11 + 21 + 31 + 41])
    assert stored(mongo, copy) == stored(mongo, database)
    assert [*mongo[copy]["media.chunks"].index_information()] == ["_id_", "files_id_1_n_1"]
    again = Blobs(handle(store, copy))
    assert again.read(again.find(add(again, b"more")), "o") == b"more"


def test_copies_in_batches(
    opened: Open, store: engine.Store, mongo: Mongo, database: str, copy: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(engine.jobs.clone, "_MAX_BATCH_BYTES", 500_000)
    blobs = opened()
    for length in (300_000, 100, 300_000, 600_000, 1):
        add(blobs, secrets.token_bytes(length))
    count, told = cloned(handle(store, database), copy, now())
    assert (count, len(told) >= 3) == (5, True)
    assert stored(mongo, copy) == stored(mongo, database)


def test_a_copy_as_of_a_moment(
    opened: Open, store: engine.Store, mongo: Mongo, database: str, copy: str, monkeypatch: Any
) -> None:
    blobs = opened()
    early, gone = add(blobs, b"early"), add(blobs, b"gone")
    late = add(blobs, b"late")
    moment = blobs.find(gone).at
    blobs.delete(gone)
    if blobs.find(late).at == moment:
        mongo[database]["media.files"].update_one({"_id": f"{late}:o"}, {"$set": {"metadata.at": now()}})
    assert cloned(handle(store, database), copy, moment)[0] == 1
    assert {*Blobs(handle(store, copy)).of_ids([early, gone, late])} == {early}


def test_what_is_deleted_meanwhile_leaves_nothing(
    opened: Open, store: engine.Store, mongo: Mongo, database: str, copy: str, monkeypatch: Any
) -> None:
    blobs = opened()
    gone, kept = add(blobs, b"gone"), add(blobs, b"kept")
    groups = FileClone._groups

    def then_deleted(clone: FileClone) -> Any:
        found = groups(clone)
        mongo[database]["media.files"].delete_one({"_id": f"{gone}:o"})  # as far as a deletion has come
        return found

    monkeypatch.setattr(FileClone, "_groups", then_deleted)
    FileClone(handle(store, database), store, copy, now()).run(lambda _: None)
    assert [[item.get("files_id", item["_id"]) for item in part] for part in stored(mongo, copy)] == [
        [f"{kept}:o"],
        [f"{kept}:o"],
    ]


def test_a_database_without_files(store: engine.Store, mongo: Mongo, database: str, copy: str) -> None:
    assert cloned(handle(store, database), copy, now()) == (0, [])
    assert mongo[copy].list_collection_names() == []
    with pytest.raises(engine.Forbidden):
        FileClone(handle(store, database, engine.Action.INSERT), store, copy, now()).run(lambda _: None)
