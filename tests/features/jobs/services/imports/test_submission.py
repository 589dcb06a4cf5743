"""What an import is submitted with, and previews of it."""

from __future__ import annotations

import io
from typing import Any

import pytest

import engine
from accounts.principal import Principal
from features.jobs.import_file import FileFormat
from features.jobs.models import Job
from features.jobs.services import imports


def submit(owner: Principal, database: engine.Database, content: bytes, **options: Any) -> Job:
    source = {"collection": None, "file_name": "rows.csv", **options}
    job_id = imports.submit_import(
        owner, database_id=database.id, file=io.BytesIO(content), size=len(content), **source
    )
    return Job.objects.get(pk=job_id)


def test_the_name_or_the_caller_tells_the_format(owner: Principal, database: engine.Database) -> None:
    by_name = submit(owner, database, b"a\n1\n", skip_errors=True)
    chosen = submit(owner, database, b"a\n1\n", file_name="x.json", format=FileFormat.TSV, columns={"a": "b"})
    assert by_name.plan == {"format": "csv", "skip_errors": True}
    assert chosen.plan == {"format": "tsv", "columns": {"a": {"name": "b"}}}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"file_name": "x.json", "columns": {"a": "b"}}, "columns"),
        ({"columns": {"a": 1}}, "columns.a"),
        ({"collection": "films", "columns": {"a": {"type": "number"}}}, "columns.a"),
        ({"collection": "films", "fields": []}, "fields"),
        ({"collection": "a b"}, "collection_name"),
    ],
)
def test_options_that_are_refused(
    owner: Principal, database: engine.Database, options: dict[str, Any], field: str
) -> None:
    with pytest.raises(engine.Invalid) as refused:
        submit(owner, database, b"a\n1\n", **options)
    assert [error.field for error in refused.value.errors] == [field]
    assert not Job.objects.exists()


def test_a_preview_stores_nothing(owner: Principal, database: engine.Database) -> None:
    content = io.BytesIO(b"n,on\n1,2026-01-31\nx,\n")
    preview = imports.preview_import(
        owner, database_id=database.id, collection="films", file_name="rows.csv", file=content
    )
    assert (preview.collection, preview.exists, preview.format) == ("films", True, "csv")
    assert preview.beginning.errors == [engine.FieldError("n", "Must be a number.", 1)]
    assert preview.beginning.documents == [{"n": 1, "on": "2026-01-31"}, {"n": "x"}]
    new = imports.preview_import(
        owner, database_id=database.id, collection=None, file_name="rows.csv.gz", file=content
    )
    assert (new.collection, new.exists, new.beginning.types) == ("rows", False, {"n": "string", "on": "date"})
    assert not Job.objects.exists()
    assert database.collection("films").count() == 1
