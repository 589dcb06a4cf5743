"""Backups of single databases over HTTP."""

from __future__ import annotations

import io
import secrets
import tarfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support import NOT_FOUND, Tenant, refused, status_and_body


@pytest.fixture
def films(anna: Tenant) -> Iterator[str]:
    """Return the id of a database of Anna's with a collection of three documents."""
    name = f"b_{secrets.token_hex(6)}"
    collections = [{"name": "films", "fields": [{"name": "n", "type": "number"}]}]
    created = anna.ask("POST /api/create_database", json={"db_name": name, "collections": collections}).json()
    database = created["database"]["id"]
    data = {"database_id": database, "collection_name": "films", "data": [{"n": n} for n in range(3)]}
    assert anna.ask("POST /api/crud", json=data).is_success
    yield database
    listed = anna.ask("GET /api/backups", params={"page_size": "1000"}).json()["data"]
    for item in listed:
        if item["database_id"] == database:
            assert anna.ask("DELETE /api/backups", json={"backup_id": item["backup_id"]}).is_success


def numbers(anna: Tenant, database: str) -> list[int]:
    params = {"database_id": database, "collection_name": "films", "sort": "n"}
    return [item["n"] for item in anna.ask("GET /api/crud", params=params).json()["data"]]


def take(anna: Tenant, database: str) -> dict[str, Any]:
    answer = anna.ask("POST /api/backups", json={"database_id": database})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_backup_is_taken_listed_and_downloaded(anna: Tenant, films: str) -> None:
    taken = take(anna, films)
    (item,) = anna.ask("GET /api/backups", params={"database_id": films}).json()["data"]
    assert item["backup_id"] == taken["backup_id"]
    assert (item["collections"], item["size"]) == (["films"], taken["size"])
    archive = httpx.get(item["download_url"], timeout=60, trust_env=False)
    assert (archive.status_code, len(archive.content)) == (200, taken["size"])
    with tarfile.open(fileobj=io.BytesIO(archive.content)) as tar:
        names = tar.getnames()
    assert (names[0], names[-1]) == ("header.json", "manifest.json")
    (entry,) = anna.ask("GET /api/audit", params={"action": "backup.download", "database_id": films}).json()[
        "entries"
    ]
    assert (entry["target"], entry["address"]) == (item["name"], "127.0.0.1")
    assert entry["actor"].startswith("u")
    other = take(anna, films)["backup_id"]
    for link in (item["download_url"][:-1] + "_", item["download_url"].replace(item["backup_id"], other)):
        broken = httpx.get(link, timeout=60, trust_env=False)
        text = "The link is not valid, or older than an hour."
        assert (broken.status_code, broken.json()["message"]) == (404, text)
    assert anna.ask(f"GET /api/backups/download/{other}").status_code == 400


def test_a_backup_is_restored_over_and_beside(anna: Tenant, films: str) -> None:
    backup = take(anna, films)["backup_id"]
    data = {"database_id": films, "collection_name": "films", "data": [{"n": 9}]}
    assert anna.ask("POST /api/crud", json=data).is_success
    beside = anna.ask("POST /api/backups/restore", json={"backup_id": backup, "name": f"b_{secrets.token_hex(6)}"})
    assert beside.status_code == 200, beside.text
    assert numbers(anna, beside.json()["database_id"]) == [0, 1, 2]
    assert numbers(anna, films) == [0, 1, 2, 9]
    over = anna.ask("POST /api/backups/restore", json={"backup_id": backup, "over": True})
    assert (over.status_code, over.json()["database_id"]) == (200, films)
    assert numbers(anna, films) == [0, 1, 2]
    assert anna.ask("POST /api/crud", json=data).is_success
    assert numbers(anna, films) == [0, 1, 2, 9]


@pytest.mark.parametrize("members", [{}, {"name": "x", "over": True}, {"over": "yes"}, {"nome": "x"}])
def test_a_restore_is_beside_or_over(anna: Tenant, films: str, members: dict[str, Any]) -> None:
    backup = take(anna, films)["backup_id"]
    answer = anna.ask("POST /api/backups/restore", json={"backup_id": backup, **members})
    assert answer.status_code == 400, answer.text


def test_others_see_no_backup(anna: Tenant, ben: Tenant, films: str) -> None:
    backup = take(anna, films)["backup_id"]
    missing = (404, refused(NOT_FOUND))
    assert status_and_body(ben.ask("DELETE /api/backups", json={"backup_id": backup})) == missing
    for members in ({"name": "stolen"}, {"over": True}):
        request = {"backup_id": backup, **members}
        assert status_and_body(ben.ask("POST /api/backups/restore", json=request)) == missing
    assert all(item["backup_id"] != backup for item in ben.ask("GET /api/backups").json()["data"])


def test_a_backup_is_restored_as_of_a_time(anna: Tenant, ben: Tenant, films: str) -> None:
    answer = anna.ask("GET /api/crud", params={"database_id": films, "collection_name": "films"})
    at = max(item["_sys"]["updated"] for item in answer.json()["data"])
    data = {"database_id": films, "collection_name": "films", "data": [{"n": 9}]}
    assert anna.ask("POST /api/crud", json=data).is_success
    backup = take(anna, films)["backup_id"]
    request = {"backup_id": backup, "as_of": at}
    counts = {"changed_count": 0, "deleted_count": 1, "restored_count": 0}
    told = {"collections": {"films": counts}, "skipped": []}
    tried = anna.ask("POST /api/backups/restore", json={**request, "dry_run": True})
    assert (tried.status_code, tried.json()) == (
        200,
        {"success": True, "job_id": tried.json()["job_id"], "dry_run": True, **told},
    )
    assert numbers(anna, films) == [0, 1, 2, 9]
    for wrong in ({"dry_run": True}, {"dry_run": True, "over": True}, {"as_of": "soon", "over": True}):
        refusal = anna.ask("POST /api/backups/restore", json={**request, **wrong, "as_of": wrong.get("as_of")})
        assert refusal.status_code == 400, refusal.text
    stolen = ben.ask("POST /api/backups/restore", json={**request, "dry_run": True})
    assert status_and_body(stolen) == (404, refused(NOT_FOUND))
    over = anna.ask("POST /api/backups/restore", json={**request, "over": True})
    assert over.status_code == 200, over.text
    assert over.json().items() >= {"database_id": films, "dry_run": False, **told}.items()
    assert numbers(anna, films) == [0, 1, 2]
