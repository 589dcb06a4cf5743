"""Versions of documents, the collection at a point in time, and restores."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any

import pytest

import engine
from tests.dashboard.conftest import HTMX, Browser, text_of


@pytest.fixture
def slam(films: engine.Database) -> str:
    handle = films.collection("films")
    document_id = str(handle.find(engine.Query(filter={"title": "Slam"})).documents[0]["_id"])
    handle.update(engine.Query(filter={"_id": document_id}), engine.Change({"title": "Second", "rating": None}))
    return document_id


def test_versions_and_their_differences(anna: Browser, films: engine.Database, slam: str) -> None:
    text = text_of(anna.get(f"db/{films.id}/c/films/d/{slam}/history"))
    assert "Version 2 now" in text and "Compare version 1 with 2" in text
    assert re.search(r"title Slam Second", text)
    same = anna.get(f"db/{films.id}/c/films/d/{slam}/history?from=2&to=2")
    assert "Choose two versions to compare" in text_of(same)
    missing = anna.get(f"db/{films.id}/c/films/d/{slam}/history?from=1&to=9")
    assert (missing.status_code, "has no version 9" in text_of(missing)) == (200, True)


def test_a_version_is_restored_and_a_deletion_undone(anna: Browser, films: engine.Database, slam: str) -> None:
    path = f"db/{films.id}/c/films/d/{slam}/history"
    assert anna.post(path, {"version": "1"}).status_code == 302
    handle = films.collection("films")
    assert handle.find(engine.Query(filter={"_id": slam})).documents[0]["title"] == "Slam"
    assert anna.post(path, {"version": "99"}).status_code == 404
    handle.delete(engine.Query(filter={"_id": slam}))
    assert "This document is deleted" in text_of(anna.get(path))
    assert slam in anna.get(f"db/{films.id}/c/films/history").content.decode()
    assert anna.post(path, {"undelete": "1"}).status_code == 302
    assert anna.post(path, {"undelete": "1"}).status_code == 409
    assert handle.count() == 2
    assert slam not in anna.get(f"db/{films.id}/c/films/history").content.decode()


def test_the_collection_at_a_point_in_time(anna: Browser, films: engine.Database, slam: str) -> None:
    handle = films.collection("films")
    before = handle.find(engine.Query(filter={"_id": slam})).documents[0]["_sys"]["updated"] - timedelta(
        milliseconds=1
    )
    text = text_of(anna.get(f"db/{films.id}/c/films/history?at={before.isoformat()}"))
    assert ("Slam" in text, "Second" in text, "2 documents" in text) == (True, False, True)


@pytest.mark.parametrize(
    ("at", "error"), [("nonsense", "Enter a time"), ("2999-01-01T00:00", "must be in the past")]
)
def test_an_invalid_time(anna: Browser, films: engine.Database, at: str, error: str) -> None:
    answer = anna.get(f"db/{films.id}/c/films/history?at={at}")
    assert (answer.status_code, error in text_of(answer)) == (400, True)
    posted = anna.post(f"db/{films.id}/restore", {"at": at, "collection": "films"})
    assert (posted.status_code, error in text_of(posted)) == (400, True)


def test_a_copy_is_a_new_database(anna: Browser, films: engine.Database, slam: str) -> None:
    name = f"c_{secrets.token_hex(6)}"
    done = anna.post(f"db/{films.id}/copy", {"name": name})
    page = anna.client.get(done.headers["Location"])
    assert "2 documents copied" in text_of(page)
    (copied,) = re.findall(r'/dashboard/db/([0-9a-f]{24})">Open the copy', page.content.decode())
    assert "films 2" in text_of(anna.get(f"db/{copied}"))
    taken = anna.post(f"db/{films.id}/copy", {"name": name, "at": "tomorrow"})
    assert (taken.status_code, "Enter a time" in text_of(taken)) == (400, True)
    taken = anna.post(f"db/{films.id}/copy", {"name": name})
    assert (taken.status_code, name in taken.content.decode()) == (400, True)


@pytest.mark.parametrize("collection", ["films", ""])
def test_a_restore_shows_its_counts_first(
    anna: Browser, films: engine.Database, slam: str, collection: str
) -> None:
    handle = films.collection("films")
    timestamp = handle.find(engine.Query(filter={"_id": slam})).documents[0]["_sys"]["updated"] - timedelta(
        milliseconds=1
    )
    form_data: dict[str, Any] = {"at": timestamp.isoformat(), "collection": collection}
    tried = anna.post(f"db/{films.id}/restore", form_data)
    page = text_of(anna.client.get(tried.headers["Location"]))
    assert "What a restore would do" in page and "films 1 0 0" in page
    assert handle.find(engine.Query(filter={"_id": slam})).documents[0]["title"] == "Second"
    done = anna.post(f"db/{films.id}/restore", {**form_data, "sure": "1"})
    assert "films 1 0 0" in text_of(anna.client.get(done.headers["Location"], headers=HTMX))
    assert handle.find(engine.Query(filter={"_id": slam})).documents[0]["title"] == "Slam"
