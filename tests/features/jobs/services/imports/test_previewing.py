"""The beginning of a file, wherever it is cut."""

from __future__ import annotations

import json

import pytest

import engine
from features.jobs.services import imports

ROWS = [{"a": number, "b": "x", "c": None, "d": number if number % 2 else "text"} for number in range(40)]
WHOLE = json.dumps(ROWS).encode()


@pytest.mark.parametrize("cut", [60, 61, 75, 500, len(WHOLE) - 1])
def test_a_beginning_shows_whole_documents_alone(cut: int) -> None:
    preview = imports.preview(WHOLE[:cut], complete=False)
    assert preview.documents == ROWS[: len(preview.documents)]
    assert (preview.types["a"], preview.types["b"], preview.types["c"]) == ("number", "string", "")


def test_mixed_types_infer_no_type() -> None:
    preview = imports.preview(WHOLE, complete=True)
    assert (preview.count, len(preview.documents), preview.types) == (
        40,
        20,
        {"a": "number", "b": "string", "c": "", "d": ""},
    )


@pytest.mark.parametrize("raw", [b"nonsense", b"[1, 2]", b'[{"a": 1}, {"b": }]', WHOLE[:-1]])
def test_a_whole_file_that_breaks_is_refused(raw: bytes) -> None:
    with pytest.raises(engine.Invalid):
        imports.preview(raw, complete=True)
