"""Imports with a preview, jobs, and exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

import catalog.services
import engine
import features.jobs.services
from features.jobs.models import Job
from tests.dashboard.conftest import HTMX, Browser, text_of


@pytest.fixture(autouse=True)
def no_worker(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep jobs in the process of the test."""
    settings.SPOOL = tmp_path / "spool"
    monkeypatch.setattr("features.jobs.tasks.run_job.delay", lambda job_id: None)


ROWS = [{"n": number, "on": "2026-01-31", "mixed": number if number else "x"} for number in range(3)]


def preview(anna: Browser, films: engine.Database, head: str, **form_data: str) -> Any:
    data = {"head": head, "complete": "true", "name": "rows.json", **form_data}
    return anna.post(f"db/{films.id}/import/preview", data, headers=HTMX)


def test_a_preview_infers_types(anna: Browser, films: engine.Database) -> None:
    answer = preview(anna, films, json.dumps(ROWS))
    assert [(item["name"], item["type"]) for item in answer.context["fields"]] == [
        ("n", "number"),
        ("on", "string"),
        ("mixed", ""),
    ]
    assert "a new collection, rows" in text_of(answer)
    assert preview(anna, films, "[{]").status_code == 400
    assert preview(anna, films, json.dumps(ROWS)[:70], complete="false").status_code == 200


def test_a_preview_validates_by_the_schema_of_the_collection(anna: Browser, films: engine.Database) -> None:
    answer = preview(anna, films, '[{"title": "a"}, {"rating": "zz"}]', collection="films")
    text = text_of(answer)
    assert (
        answer.status_code,
        "2 errors in the first 2 documents: the import would fail, or leave these rows out." in text,
    ) == (200, True)
    assert "Row 2, title : This field is required." in text and "Row 2, rating : Must be a number." in text
    assert "no errors" in text_of(preview(anna, films, '[{"title": "a"}]', collection="films"))
    assert films.collection("films").count() == 2


def test_a_row_of_broken_json_is_counted_from_one(anna: Browser, films: engine.Database) -> None:
    assert "row 2)" in text_of(preview(anna, films, '[{"a": 1}, 5]'))
    job = start(anna, films, text='[{"title": "a"}, 5]', collection="films")
    features.jobs.services.run(Job.objects.get().pk)
    text = text_of(anna.get(job))
    assert "row 2)" in text and "row 1)" not in text


GEOJSON = '{"type": "FeatureCollection", "features": [{"n": 1}, {"n": 2}, {"n": 3}]}'


@pytest.mark.parametrize(
    ("end", "form_data", "names", "count"),
    [
        (None, {}, ["n"], 3),
        (None, {"rows_from": "features"}, ["n"], 3),
        (None, {"rows_from": ""}, ["type", "features"], 1),
        (-8, {"complete": "false"}, ["n"], 2),
    ],
)
def test_the_features_of_geojson_are_the_rows(
    anna: Browser, films: engine.Database, end: int | None, form_data: dict[str, str], names: list[str], count: int
) -> None:
    answer = preview(anna, films, GEOJSON[:end], **form_data)
    assert ([item["name"] for item in answer.context["fields"]], answer.context["count"]) == (names, count)
    assert "Each element of features" in text_of(answer)


def test_rows_of_a_chosen_member_are_imported(anna: Browser, films: engine.Database) -> None:
    start(anna, films, text=GEOJSON, collection="places", rows_from="features")
    features.jobs.services.run(Job.objects.get().pk)
    catalog.services.access.invalidate(films.id)
    assert catalog.services.access.open_database(anna.principal, films.id).collection("places").count() == 3
    answer = anna.post(f"db/{films.id}/import", {"text": GEOJSON, "collection": "b", "rows_from": "other"})
    assert (answer.status_code, "array of objects" in text_of(answer)) == (400, True)


def start(anna: Browser, films: engine.Database, **form_data: Any) -> str:
    answer = anna.post(f"db/{films.id}/import", form_data)
    assert answer.status_code == 302, text_of(answer)
    return answer.headers["Location"].removeprefix("/dashboard/")


def test_an_import_with_changed_types(anna: Browser, films: engine.Database) -> None:
    file = SimpleUploadedFile("rows.json", json.dumps(ROWS).encode())
    chosen = {"typed": "1", "field": ["n", "on", "mixed"], "type": ["number", "date", ""]}
    job = start(anna, films, file=file, **chosen)
    page = anna.get(job).content.decode()
    assert 'hx-trigger="load delay' in page and "Cancel and roll back" in page
    features.jobs.services.run(Job.objects.get().pk)
    done = text_of(anna.get(job, headers=HTMX))
    assert "3 documents in" in done
    catalog.services.access.invalidate(films.id)
    opened = catalog.services.access.open_database(anna.principal, films.id).collection("rows")
    assert [(field.name, field.type) for field in opened.spec.schema.fields] == [("n", "number"), ("on", "date")]


def test_errors_are_shown_by_row(anna: Browser, films: engine.Database) -> None:
    job = start(anna, films, text='[{"title": "a"}, {"rating": "x"}]', collection="films")
    features.jobs.services.run(Job.objects.get().pk)
    text = text_of(anna.get(job))
    assert "2 title This field is required." in text and "2 rating Must be a number." in text
    assert films.collection("films").count() == 2


def test_a_running_import_is_cancelled(anna: Browser, films: engine.Database) -> None:
    job = start(anna, films, text='[{"title": "a"}]', collection="films")
    assert anna.post(job).status_code == 302
    assert "rolling back" in text_of(anna.get(job))
    features.jobs.services.run(Job.objects.get().pk)
    text = text_of(anna.get(job))
    assert "cancelled" in text and "All imported documents were removed" in text
    assert anna.post(job).status_code == 409
    assert films.collection("films").count() == 2


@pytest.mark.parametrize(
    ("form_data", "error"),
    [
        ({}, "Choose a file, or paste"),
        ({"text": "[]", "collection": "a b"}, "letters, digits"),
        ({"text": "[]", "collection": "new", "typed": "1", "field": ["$a"], "type": ["string"]}, "must not begin"),
    ],
)
def test_invalid_input_stays_in_the_form(anna: Browser, films: engine.Database, form_data: Any, error: str) -> None:
    answer = anna.post(f"db/{films.id}/import", form_data)
    assert (answer.status_code, error in text_of(answer)) == (400, True), text_of(answer)
    assert form_data.get("text", "") in answer.content.decode()
    assert not Job.objects.exists()


def test_a_job_of_another_database_is_not_found(anna: Browser, ben: Browser, films: engine.Database) -> None:
    job = start(anna, films, text="[]", collection="films")
    other, _ = catalog.services.creation.create_database(
        ben.principal, name="bens", collections=[{"name": "films", "fields": [{"name": "a"}]}]
    )
    job_id = job.rsplit("/", 1)[1]
    for browser in (anna, ben):
        assert browser.get(f"db/{other.id}/jobs/{job_id}").status_code == 404
        assert browser.post(f"db/{other.id}/jobs/{job_id}").status_code == 404
    assert Job.objects.get().plan == {}


@pytest.mark.parametrize(
    ("format", "begins"),
    [("json", b'[\n{"title":"Slam"'), ("ndjson", b'{"title":"Slam"'), ("csv", b"_id,title,rating\r\n")],
)
def test_the_filtered_documents_are_exported(
    anna: Browser, films: engine.Database, format: str, begins: bytes
) -> None:
    path = f"db/{films.id}/c/films/export?format={format}&filter=%7B%22title%22%3A%22Slam%22%7D"
    answer = anna.get(path)
    raw = b"".join(answer.streaming_content)
    assert answer.streaming and raw.startswith(begins) and b"Pirates" not in raw
    assert f"films.{format}" in answer.headers["Content-Disposition"]


def test_an_invalid_export_is_an_error_page(anna: Browser, films: engine.Database) -> None:
    for query in ("format=xlsx", "filter=%7B"):
        assert anna.get(f"db/{films.id}/c/films/export?{query}").status_code == 400


def test_a_table_is_previewed_and_its_rows_with_errors_are_left_out(anna: Browser, films: engine.Database) -> None:
    table = "title,rating\nSlam,3.4\nKids,bad\n"
    text = text_of(preview(anna, films, table, name="films.csv", collection="films"))
    assert "1 error in the first 2 documents" in text and "Row 2, rating : Must be a number." in text
    new = preview(anna, films, table[:-3], name="", complete="false")
    assert [(item["name"], item["type"]) for item in new.context["fields"]] == [
        ("title", "string"),
        ("rating", "number"),
    ]
    assert "has no preview" in text_of(preview(anna, films, "\x1f", name="films.csv.gz"))
    job = start(anna, films, text=table, collection="films", on_error="skip")
    features.jobs.services.run(Job.objects.get().pk)
    page = text_of(anna.get(job))
    assert "1 row with errors was left out." in page
    answer = anna.get(f"{job}/rejects")
    (line,) = b"".join(answer.streaming_content).splitlines()
    assert json.loads(line)["document"] == {"title": "Kids", "rating": "bad"}
    assert films.collection("films").count() == 3
