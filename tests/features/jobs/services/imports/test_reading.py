"""Files as batches of documents, whatever their format."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pytest

import engine
from features.jobs.import_file import FileFormat
from features.jobs.services.imports.reading import ImportOptions, import_file, read_columns, schema_of, splitter

CSV = ImportOptions(format=FileFormat.CSV)
ROWS = [{"n": 1, "on": "2026-01-31"}, {"n": 2}]


def read(content: bytes, options: ImportOptions) -> tuple[list[Any], engine.Schema]:
    columns = read_columns(import_file(io.BytesIO(content)), options)
    schema = schema_of(columns, options, limits=engine.Limits())
    reader = splitter(import_file(io.BytesIO(content)), options, columns=columns, schema=schema)
    return [document for batch in reader.batches(10) for document in batch.documents], schema


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("content", "options"),
    [
        (b'[{"n": 1, "on": "2026-01-31"}, {"n": 2}]', ImportOptions()),
        (b'{"n": 1, "on": "2026-01-31"}\n{"n": 2}', ImportOptions()),
        (b"n,on\n1,2026-01-31\n2,\n", CSV),
        (b"n\ton\n1\t2026-01-31\n2\n", ImportOptions(format=FileFormat.TSV)),
    ],
)
def test_every_format_has_the_same_documents(content: bytes, options: ImportOptions, pack: Any) -> None:
    assert read(pack(content), options)[0] == ROWS


def test_a_table_declares_its_fields() -> None:
    options = ImportOptions(format=FileFormat.CSV, columns={"n": {"name": "m", "type": "string"}, "on": None})
    documents, schema = read(b"n,on,x\n1,2026-01-31,\n2,,\n", options)
    assert (documents, schema.as_list()) == ([{"m": "1"}, {"m": "2"}], [{"name": "m", "type": "string"}])


def test_names_that_no_field_may_have_are_named() -> None:
    with pytest.raises(engine.Invalid) as refused:
        read(b"a.b,$c,d\n1,2,3\n", CSV)
    assert [error.field for error in refused.value.errors] == ["json_file"] * 2
    assert ["a.b" in error.message or "$c" in error.message for error in refused.value.errors] == [True, True]


def test_options_are_recorded_in_a_plan() -> None:
    options = ImportOptions(format=FileFormat.TSV, columns={"a": None}, skip_errors=True)
    assert ImportOptions.of_plan(options.as_plan()) == options
    assert ImportOptions.of_plan({}) == ImportOptions()
