"""Media in the dashboard: gallery, uploads, repeated names, details and deletion."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

import engine
import features.files.services
from tests.dashboard.conftest import Browser, text_of
from tests.features.files.test_images import drawn

PICTURE = drawn(300, 200)
TO_FORM = {"HX-Request": "true", "HX-Target": "upload-error"}


def upload_form(*names: str, content: bytes = b"text", **more: Any) -> dict[str, Any]:
    return {"files": [SimpleUploadedFile(name, content) for name in names], **more}


def stored(browser: Browser, database: engine.Database) -> list[tuple[str, int]]:
    files, _ = features.files.services.list_files(browser.principal, database.id, search="", page=1, page_size=100)
    return sorted((file.name, file.length) for file in files)


def only_id(browser: Browser, database: engine.Database) -> str:
    (file,) = features.files.services.list_files(browser.principal, database.id, search="", page=1, page_size=2)[0]
    return file.id


def test_upload_list_details_and_delete(anna: Browser, films: engine.Database) -> None:
    path = f"db/{films.id}/media"
    assert "No files yet" in text_of(anna.get(path))
    assert anna.post(path, upload_form("<b>.png", content=PICTURE)).status_code == 302
    page = anna.get(path).content.decode()
    file_id = only_id(anna, films)
    assert f'src="/db/{films.id}/media/{file_id}?s=t"' in page
    assert "&lt;b&gt;.png" in page and "<b>.png" not in page
    assert re.search(r"1 of 10.000 files, [\d.]+ (bytes|kB) of 1\.1 GB used", text_of(anna.get(path)))
    details = text_of(anna.get(f"{path}/{file_id}"))
    assert "image/png" in details and "300 × 200 pixels" in details and "by you" in details
    assert f"/db/{films.id}/media/{file_id}" in details
    assert anna.post(f"{path}/{file_id}/delete").status_code == 302
    assert stored(anna, films) == []
    assert anna.get(f"{path}/{file_id}").status_code == 404
    assert anna.post(f"{path}/{file_id}/delete").status_code == 404


def test_a_file_page_needs_the_id(anna: Browser, films: engine.Database) -> None:
    anna.post(f"db/{films.id}/media", upload_form("a.txt"))
    assert anna.get(f"db/{films.id}/media/a.txt").status_code == 404


@pytest.mark.parametrize("names", [["a.txt", "new.txt"], ["b.txt", "b.txt"], ["folder/a.txt"]])
def test_a_repeated_name_needs_consent(anna: Browser, films: engine.Database, names: list[str]) -> None:
    path = f"db/{films.id}/media"
    anna.post(path, upload_form("a.txt", content=b"first"))
    answer = anna.post(path, upload_form(*names), headers=TO_FORM)
    assert answer.status_code == 400
    assert "These names exist already or are repeated" in text_of(answer)
    assert "<html" not in answer.content.decode()
    assert stored(anna, films) == [("a.txt", 5)]
    allowed = anna.post(path, upload_form(*names, same_names="on"), headers=TO_FORM)
    assert (allowed.status_code, allowed.headers["HX-Redirect"]) == (200, f"/dashboard/{path}")
    assert len(stored(anna, films)) == 1 + len(names)


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("MAX_FILES", 1, "at most 1 files (MAX_FILES)"),
        ("MAX_FILES_BYTES", 9, "at most 9 bytes (MAX_FILES_BYTES)"),
        ("MAX_FILE_BYTES", 3, "A file has at most 3 bytes (MAX_FILE_BYTES)"),
        ("MAX_FILES_AT_ONCE", 1, "At most 1 files at once (MAX_FILES_AT_ONCE)"),
    ],
)
def test_all_files_or_none(
    anna: Browser, films: engine.Database, settings: Any, setting: str, value: int, message: str
) -> None:
    setattr(settings, setting, value)
    answer = anna.post(f"db/{films.id}/media", upload_form("a.txt", "b.txt", content=b"12345"))
    assert (answer.status_code, message in html.unescape(text_of(answer))) == (400, True)
    assert stored(anna, films) == []


def test_no_file(anna: Browser, films: engine.Database) -> None:
    answer = anna.post(f"db/{films.id}/media", {})
    assert (answer.status_code, "Choose at least one file." in text_of(answer)) == (400, True)


def test_pages_and_search(anna: Browser, films: engine.Database) -> None:
    path = f"db/{films.id}/media"
    for part in range(2):
        anna.post(path, upload_form(*(f"File {part * 15 + number}.txt" for number in range(15))))
    first, second = anna.get(path).content.decode(), anna.get(f"{path}?page=2").content.decode()
    assert (first.count('<li class="panel'), second.count('<li class="panel')) == (24, 6)
    assert "1 to 24 of 30" in first and "25 to 30 of 30" in second
    assert "25 to 30 of 30" in anna.get(f"{path}?page=2&search=FILE").content.decode()
    assert "1 to 11 of 11" in anna.get(f"{path}?search=file+2").content.decode()
    assert "No files found" in text_of(anna.get(f"{path}?search=.*"))
    for odd in ("0", "-1", "x", "9999999999999"):
        assert anna.get(f"{path}?page={odd}").status_code == 200


@pytest.mark.parametrize(("role", "upload", "delete"), [("editor", 302, 302), ("viewer", 403, 403)])
def test_roles(
    anna: Browser,
    new_team_member: Callable[[str], Browser],
    films: engine.Database,
    role: str,
    upload: int,
    delete: int,
) -> None:
    anna.post(f"db/{films.id}/media", upload_form("a.txt"))
    before, file_id, guest = stored(anna, films), only_id(anna, films), new_team_member(role)
    page = guest.get(f"db/{films.id}/media")
    assert (page.status_code, "Drop files here" in text_of(page)) == (200, upload == 302)
    assert ("Delete file" in text_of(guest.get(f"db/{films.id}/media/{file_id}"))) == (delete == 302)
    assert guest.post(f"db/{films.id}/media", upload_form("b.txt")).status_code == upload
    assert (len(stored(anna, films)) == 2) == (upload == 302)
    assert guest.post(f"db/{films.id}/media/{file_id}/delete").status_code == delete
    if upload == 403:
        assert stored(anna, films) == before
