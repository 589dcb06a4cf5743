"""Databases as files: upload, replace and download."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from tests.dialects.airsequel.support import SAMPLES, Airsequel, failed, result_of, shape

FILMS = "title,year,seen\r\nSlam,1998,true\r\nHeat,1995,\r\n"


def upload(content: str, name: str = "My Films.csv") -> dict[str, Any]:
    return {"files": {"file": (name, content.encode(), "text/csv")}}


def test_upload_download_and_replace(airsequel: Airsequel) -> None:
    created = airsequel.get("POST /dbs", **upload(FILMS))
    assert shape(created) == shape(SAMPLES["POST /dbs"]["response"])
    described = airsequel.get(f"GET /api/dbs/{created['id']}")
    assert (described["name"], described["fileName"], described["fileFormat"]) == (
        "My Films",
        "My Films.csv",
        "csv",
    )
    table = airsequel.get(f"GET /api/dbs/{created['id']}/tables/my_films")
    assert [(item["name"], item["sqliteDataType"], item["items"]) for item in table["columns"]] == [
        ("title", "TEXT", ["Slam", "Heat"]),
        ("year", "INTEGER", [1998, 1995]),
        ("seen", "BOOLEAN", [True, None]),
    ]
    answer = airsequel.ask(f"GET /dbs/{created['id']}/download?format=csv")
    assert (answer.text, answer.headers["Content-Type"]) == (FILMS, "text/csv; charset=utf-8")
    airsequel.get(f"PUT /api/dbs/{created['id']}/tables/other")
    archive = zipfile.ZipFile(io.BytesIO(airsequel.ask(f"GET /dbs/{created['id']}/download?format=csv").content))
    assert {name: archive.read(name).decode() for name in archive.namelist()} == {
        "my_films.csv": FILMS,
        "other.csv": "\r\n",
    }
    refused = airsequel.ask(f"PUT /dbs/{created['id']}", **upload("a,a"))
    assert result_of(refused) == failed(400, "file: The column 'a' occurs twice.")
    assert airsequel.get(f"GET /api/dbs/{created['id']}/tables/my_films") == table
    replaced = airsequel.get(f"PUT /dbs/{created['id']}", **upload("n\n1\n2\n", "numbers.csv"))
    assert replaced == created
    assert airsequel.get(f"GET /api/dbs/{created['id']}")["tables"] == [{"name": "numbers", "tableType": "Table"}]
    assert airsequel.ask(f"GET /dbs/{created['id']}/download?format=csv").text == "n\r\n1\r\n2\r\n"


@pytest.mark.parametrize(
    ("request_", "messages"),
    [
        ({}, ["file: Send one file in this part of multipart/form-data."]),
        (upload(""), ["file: The file is empty: its first row must have the names of the columns."]),
        (upload("_id,a"), ["file: collections.0.fields.1.name: The name '_id' is reserved."]),
    ],
)
def test_refused_uploads_leave_no_database(airsequel: Airsequel, request_: Any, messages: list[str]) -> None:
    before = airsequel.get("GET /api/dbs")["numberOfDatabases"]
    assert result_of(airsequel.ask("POST /dbs", **request_)) == failed(400, *messages)
    assert airsequel.get("GET /api/dbs")["numberOfDatabases"] == before
