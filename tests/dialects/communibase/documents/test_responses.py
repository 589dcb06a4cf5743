"""Answers that are arrays: whole or streamed, with and without a total."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse

import engine
from dialects.communibase.documents.responses import array_response

BATCHES: list[list[list[Any]]] = [
    [],
    [[]],
    [[1, 2]],
    [[1], [2]],
    [[], [1]],
    [[1], []],
    [[], []],
    [[{"a": "ü"}], [], [{"b": [1]}, {}], [3]],
]


def content_of(answer: HttpResponse | StreamingHttpResponse) -> bytes:
    return b"".join(answer) if isinstance(answer, StreamingHttpResponse) else answer.content


@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize("total", [None, 0, 7])
def test_an_answer_is_the_documents_of_all_batches(batches: list[list[Any]], total: int | None) -> None:
    answer = array_response(iter(batches), total=total)
    records = [item for batch in batches for item in batch]
    expected = records if total is None else {"metadata": {"total": total}, "records": records}
    assert json.loads(content_of(answer)) == expected
    assert answer.streaming is (len(batches) > 1)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["Cache-Control"] == "no-store"


def test_batches_are_read_as_they_are_sent() -> None:
    read: list[int] = []

    def batches() -> Iterator[list[int]]:
        for number in range(5):
            read.append(number)
            yield [number]

    answer = array_response(batches())
    assert read == [0, 1]
    pieces = iter(answer)
    assert [next(pieces), next(pieces), next(pieces)] == [b"[0", b",1", b",2"]
    assert read == [0, 1, 2]
    assert b"".join(pieces) == b",3,4]"


@pytest.mark.parametrize("before", [0, 1])
def test_errors_of_the_first_batches_are_raised(before: int) -> None:
    def batches() -> Iterator[list[int]]:
        yield from ([number] for number in range(before))
        raise engine.TooLarge("too large")

    with pytest.raises(engine.TooLarge):
        array_response(batches())
