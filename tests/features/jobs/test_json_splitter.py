"""Documents out of files of every form, however they are read; and the byte and row at which a file breaks."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from engine.encoding import loads
from features.jobs import json_splitter
from features.jobs.json_splitter import Batch, JsonSplitter
from tests.engine.strategies import NAMES, examples, nested, same

BOM = b"\xef\xbb\xbf"


class Trickle(io.RawIOBase):
    """A file whose reads give no more than these many bytes, round and round."""

    def __init__(self, content: bytes, sizes: Sequence[int]) -> None:
        self._content = io.BytesIO(content)
        self._sizes = sizes
        self._reads = 0

    def read(self, size: int = -1) -> bytes:
        max_size = self._sizes[self._reads % len(self._sizes)]
        self._reads += 1
        return self._content.read(min(max_size, size))

    @property
    def position(self) -> int:
        """Return the number of bytes that were read."""
        return self._content.tell()


def batches(
    content: bytes,
    *,
    size: int = 1000,
    reads: Sequence[int] = (1 << 30,),
    depth: int = 32,
    values: int = 500_000,
) -> list[Batch]:
    return [*JsonSplitter(Trickle(content, reads), depth=depth, values=values).batches(size)]


def documents(content: bytes, **named: Any) -> list[Any]:
    return [document for batch in batches(content, **named) for document in batch.documents]


def broken(content: bytes, **named: Any) -> tuple[str, int, int]:
    """Return why a file is refused, at which byte and in which row."""
    with pytest.raises(engine.Invalid) as caught:
        batches(content, **named)
    error = caught.value
    (issue,) = error.errors
    assert (issue.field, issue.message) == ("json_file", error.message)
    text, _, position = error.message.rpartition(" (byte ")
    byte, _, row = position.removesuffix(")").partition(", row ")
    assert int(row) == issue.index
    return text, int(byte), int(row)


# --- forms --------------------------------------------------------------------------------------------


def dumped(values: Sequence[Any], **named: Any) -> list[bytes]:
    return [json.dumps(value, **named).encode() for value in values]


FORMS: dict[str, Callable[[Sequence[Any]], bytes]] = {
    "array": lambda values: json.dumps(values).encode(),
    "compact array": lambda values: json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode(),
    "pretty array": lambda values: json.dumps(values, indent=2).encode(),
    "lines": lambda values: b"\n".join(dumped(values, ensure_ascii=False)),
    "lines with an end": lambda values: b"".join(line + b"\n" for line in dumped(values)),
    "lines with CRLF": lambda values: b"".join(line + b"\r\n" for line in dumped(values)),
    "blank lines between": lambda values: b"\n\n \t\r\n".join(dumped(values)),
    "one after the other": lambda values: b"".join(dumped(values)),
    "pretty, one after the other": lambda values: b"\n".join(dumped(values, indent=4)),
    "array with a BOM": lambda values: BOM + json.dumps(values).encode(),
    "lines with a BOM": lambda values: BOM + b"\n".join(dumped(values)),
    "array amid white space": lambda values: b" \r\n\t " + json.dumps(values).encode() + b" \n\n\t",
}
# What a splitter may trip over: brackets, quotes and backslashes in strings, in names, at the ends of strings.
NASTY = [
    {},
    {"": ""},
    {"a": "}", "b": "{", "c": "]", "d": "["},
    {'"': '"', '\\"': '\\"', "\\": "\\", "\\\\": "\\\\\\"},
    {"a": '}{"', "b": '"}', "c": '\\"}', "d": ["]", '"]']},
    {"}": {"{": [{"[": "]"}, ["{"]]}},
    {"a": [[[{"b": [{}]}]]], "c": {"d": {}}},
    {"a": "x,\n\r\t\0\u2028é🦉", "🦉": "\u0085"},
    {"a": "//", "b": "/* } */", "c": "#"},
    {"n": [0, -0.0, 1e300, 2**63 - 1, True, None]},
]


@pytest.mark.parametrize("form", FORMS)
def test_a_file_of_every_form(form: str) -> None:
    content = FORMS[form](NASTY)
    assert same(documents(content), NASTY)
    assert same(documents(content, size=3), NASTY)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_reads_that_end_at_any_byte(form: str) -> None:
    content = FORMS[form](NASTY)
    for cut in range(1, len(content)):
        assert same(documents(content, reads=(cut, 1 << 30)), NASTY), cut
    assert same(documents(content, reads=(1,)), NASTY)


# Members of extended JSON would be read as what they stand for.
UNWRAPPED = NAMES.filter(lambda name: not name.startswith("$"))
OBJECTS = st.dictionaries(UNWRAPPED | st.sampled_from(['"', "\\", "{", "}", '\\"']), nested(UNWRAPPED), max_size=4)


@pytest.mark.slow
@settings(max_examples=examples(80))
@given(
    st.lists(OBJECTS, max_size=8),
    st.sampled_from(sorted(FORMS)),
    st.lists(st.integers(1, 60), min_size=1, max_size=5),
    st.integers(1, 9),
)
def test_any_file_gives_what_json_gives(values: list[Any], form: str, reads: list[int], size: int) -> None:
    content = FORMS[form](values)
    results = batches(content, reads=reads, size=size)
    assert same([document for batch in results for document in batch.documents], values)
    # Batches depend on the file alone: an import that is done again must find the same rows in them.
    assert results == batches(content, size=size)
    assert [batch.row for batch in results] == [*range(0, len(values), size)]
    position = 0
    for batch in results:
        between = content[position : batch.end].removeprefix(BOM).strip(b" \r\n\t,[")
        assert len(batch.documents) > 1 or [loads(between, depth=32)] == batch.documents
        assert content[batch.end - 1 : batch.end] == b"}"
        position = batch.end
    assert content[position:].strip(b" \r\n\t]" + BOM) in (b"", b"[")


@pytest.mark.parametrize("content", [b"", b" \n", BOM, BOM + b"\n", b"[]", b" [ \n ] ", BOM + b"[]\r\n"])
@pytest.mark.parametrize("reads", [(1 << 30,), (1,), (2,)])
def test_a_file_of_nothing(content: bytes, reads: Sequence[int]) -> None:
    assert batches(content, reads=reads) == []


@pytest.mark.parametrize("opening", [b"", BOM, b"[", b" \n[ ", BOM + b"\r\n"])
def test_a_batch_knows_where_it_ends(opening: bytes) -> None:
    rows, between = (
        [b'{"n": %d, "t": "\xc3\xa9"}' % number for number in range(7)],
        b" , " if b"[" in opening else b"\n",
    )
    content = opening + between.join(rows) + (b"]" if b"[" in opening else b"")
    ends = [len(opening + between.join(rows[:count])) for count in (3, 6, 7)]
    assert [(batch.row, batch.end) for batch in batches(content, size=3)] == [*zip((0, 3, 6), ends, strict=True)]


# --- breakages ----------------------------------------------------------------------------------------

FORM = "The file must hold an array of objects, one object, or one object a line."
OBJECT = "Expected an object here."
NEXT = "Expected ',' or ']' here."
INVALID = "The JSON is not valid: "
ENDS = "The file ends inside a document."
VALUE = INVALID + "unexpected character, expected a JSON value."
LONG = "The integer 9223372036854775808 does not fit in 64 bits."
DEEP = "The JSON is nested deeper than 32 levels (MAX_DEPTH)."
BEHIND = "Unexpected data after the end of the array."
SURROGATES = INVALID + "str is not valid UTF-8: surrogates not allowed."


@pytest.mark.parametrize(
    ("content", "text", "byte", "row"),
    [
        # Of a wrong form altogether
        (b"null", FORM, 0, 0),
        (b' "x"', FORM, 1, 0),
        (b"7", FORM, 0, 0),
        (b"a,b\n1,2\n", FORM, 0, 0),
        ('[{"a": 1}]'.encode("utf-16"), FORM, 0, 0),
        (b"\x00[]", FORM, 0, 0),
        (BOM + BOM + b"[]", FORM, 3, 0),
        # Elements that are no objects
        (b"[1]", OBJECT, 1, 0),
        (b'[{"a": 1}, null]', OBJECT, 11, 1),
        (b'[{"a": 1}, [{"a": 1}]]', OBJECT, 11, 1),
        (b'[{"a": 1}, "}"]', OBJECT, 11, 1),
        (b'{"a": 1}\n[1]\n', OBJECT, 9, 1),
        (b'{"a": 1}\n{"a": 2}\ntrue', OBJECT, 18, 2),
        (b'{"a": 1},\n{"a": 2}', OBJECT, 8, 1),
        (BOM + b'{"a": 1}\nx', OBJECT, 12, 1),
        # Commas and ends
        (b"[,]", OBJECT, 1, 0),
        (b'[{"a": 1},]', OBJECT, 10, 1),
        (b'[{"a": 1},,{"a": 1}]', OBJECT, 10, 1),
        (b'[{"a": 1} {"a": 2}]', NEXT, 10, 1),
        (b'[{"a": 1}}]', NEXT, 9, 1),
        (b'[{"a": 1}; {"a": 2}]', NEXT, 9, 1),
        (b'[{"a": 1}]]', BEHIND, 10, 1),
        (b'[{"a": 1}] x', BEHIND, 11, 1),
        (b'[] {"a": 1}', BEHIND, 3, 0),
        (b"[", "The file ends too early.", 1, 0),
        (b'[{"a": 1}', "The file ends inside its array.", 9, 1),
        (b'[{"a": 1},', "The file ends too early.", 10, 1),
        (b'[{"a": 1},\n ', "The file ends too early.", 12, 1),
        (b"{", ENDS, 0, 0),
        (b'[{"a": 1}, {"a": {', ENDS, 11, 1),
        (b'{"a": 1}\n{"a": "', ENDS, 9, 1),
        (b'{"a": 1}\n{"a": "x\\', ENDS, 9, 1),
        (b'{"a": 1}\n{"a": "x\\"}', ENDS, 9, 1),
        (b'{"a": 1}\n{"a": "\xf0\x9f', ENDS, 9, 1),
        # Inside a document
        (b'[{"a": 1}, {"a": @}]', VALUE, 17, 1),
        (b'{"a": 1}\n{"a": 1e400}', INVALID + "number is infinity when parsed as double.", 15, 1),
        (b'{"a": 1}\n{"a": NaN}', VALUE, 15, 1),
        (b'{"a": "\xc3\xa9\xe2\x82\xac"}\n{"\xc3\xa9": @}', VALUE, 22, 1),
        (b'{"a": 1}\n{"a": "x\ny"}', INVALID + "unexpected control character in string.", 17, 1),
        (b'{"a": 1}\n{"a": "\\x"}', INVALID + "invalid escaped sequence in string.", 16, 1),
        (b'{"a": 1}\n{"a": "\\ud800"}', INVALID + "no low surrogate in string.", 16, 1),
        (b'{"a": 1}\n{"a": "\xff"}', SURROGATES, 16, 1),
        (b'{"a": 1}\n{"a": "\xc3\xa9\xed\xa0\x80"}', SURROGATES, 18, 1),
        (b'{"a": 1}\n{"a": [1, 2}\n', INVALID + "unexpected character, expected ',' or ']'.", 20, 1),
        (b'{"a": 1}\n{"a": {]}\n{"a": 1}', INVALID + "unexpected character, expected a string key.", 16, 1),
        # A quote that is missing turns everything behind it inside out.
        (
            b'{"a": 1}\n{"a": "x}\n{"a": "y"}\n{"a": 1}\n',
            INVALID + "unexpected control character in string.",
            18,
            1,
        ),
        (b'[{"a": 1},\n{"a": "x},\n{"a": "y"}]', INVALID + "unexpected control character in string.", 21, 1),
        # A document as a whole
        (b'{"a": 1}\n{"b": 1, "b": 2}', "The JSON names a key twice in one object: 'b'.", 9, 1),
        (b'[{"a": 1}, {"b": 9223372036854775808}]', LONG, 11, 1),
        (b'{"a":1}{"a":' + b"[" * 32 + b"]" * 32 + b"}", DEEP, 7, 1),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, DEEP, 0, 0),
    ],
)
def test_a_breakage(content: bytes, text: str, byte: int, row: int) -> None:
    trickles = [(1,), (3, 1)] if len(content) < 1000 else [(1000,)]
    for named in ({}, {"size": 1}, *({"reads": reads} for reads in trickles)):
        assert broken(content, **named) == (text, byte, row)


@pytest.mark.slow
@settings(max_examples=examples(50))
@given(
    st.lists(OBJECTS, min_size=1, max_size=6),
    st.sampled_from(sorted(FORMS)),
    st.data(),
    st.sampled_from([b"@", b"nul", b"\xff", b'"\n"', b"1e999"]),
    st.lists(st.integers(1, 60), min_size=1, max_size=4),
    st.integers(1, 9),
)
def test_a_planted_error_is_reported_at_its_position(
    values: list[Any], form: str, data: st.DataObject, defect: bytes, reads: list[int], size: int
) -> None:
    row = data.draw(st.integers(0, len(values) - 1))
    marked = [*values[:row], {**values[row], "q-q": "HERE!"}, *values[row + 1 :]]
    content = FORMS[form](marked)
    byte = content.index(b'"HERE!"')
    spoilt = content.replace(b'"HERE!"', defect)
    offset = {b'"\n"': 1}.get(defect, 0)
    assert broken(spoilt, reads=reads, size=size)[1:] == (byte + offset, row)


@pytest.mark.slow
@settings(max_examples=examples(50))
@given(st.lists(OBJECTS, min_size=1, max_size=5), st.sampled_from(sorted(FORMS)), st.data())
def test_a_truncated_file_gives_its_complete_rows_or_reports_the_incomplete_one(
    values: list[Any], form: str, data: st.DataObject
) -> None:
    content = FORMS[form](values)
    cut = data.draw(st.integers(0, len(content)))
    ends = [batch.end for batch in batches(content, size=1)]
    whole = sum(end <= cut for end in ends)
    try:
        results = documents(content[:cut])
    except engine.Invalid:
        _, byte, row = broken(content[:cut])
        assert row == whole
        assert byte <= cut
        assert byte >= (ends[whole - 1] if whole else 0)
        return
    assert same(results, values[:whole])
    is_array = form.endswith("array") or "array " in form
    assert not is_array or whole == len(values) or not content[:cut].strip(BOM + b" \r\n\t")


@given(st.integers(0, 19), st.integers(0, 19), st.integers(1, 25), st.integers(1, 40))
def test_the_first_error_is_reported(one: int, other: int, size: int, read: int) -> None:
    """Check that of a value that cannot be read and a broken structure the first in the file is reported."""
    rows = [b'{"n": %d}' % number for number in range(20)]
    rows[one] = b'{"n": @}'
    content = b"[" + b",".join(rows[:other]) + b" ! " + b",".join(rows[other:]) + b"]"
    assert broken(content, size=size, reads=(read,))[2] == min(one, other)


@given(st.binary(max_size=60) | st.lists(st.sampled_from(list(b'[]{},:"\\a1 \n')), max_size=40).map(bytes))
def test_any_bytes_give_documents_or_our_error(content: bytes) -> None:
    try:
        results = documents(content, reads=(7,))
    except engine.Invalid as error:
        assert "(byte " in error.message
        return
    assert all(type(document) is dict for document in results)


# --- size ---------------------------------------------------------------------------------------------

LARGE = "A document is larger than 16 MB."
SHAPES: dict[str, Callable[[int], bytes]] = {
    "a long string": lambda size: b'{"a": "%s"}' % (b"x" * (size - 9)),
    "escapes": lambda size: b'{"a": ["%s"]}' % (b"\\\\" * ((size - 11) // 2)) + b" " * (size % 2 == 0),
    "numbers": lambda size: b'{"a": [%s1]}' % (b"1," * ((size - 10) // 2)),
    "white space": lambda size: b'{"a": {"b": {}}, %s"c": 1}' % (b" " * (size - 25)),
}


def check_cap(make: Callable[[int], bytes], cap: int) -> None:
    within, beyond = make(cap - 2), make(cap + 8)
    assert len(within) <= cap < len(beyond)
    # The numbers of one of these documents are more values than MAX_BODY_VALUES, a cap of its own.
    assert len(documents(b'{"n": 1}\n' + within + b'\n{"n": 2}', values=1 << 24)) == 3
    for content in (b'{"n": 1}\n' + beyond + b'\n{"n": 2}', b'[{"n": 1},' + beyond + b"]"):
        assert broken(content, values=1 << 24) == (LARGE, content.index(beyond[:6], 5), 1)


@pytest.mark.slow
def test_a_document_has_a_cap_of_16_mb() -> None:
    check_cap(SHAPES["a long string"], 16 << 20)


@pytest.fixture
def small_cap(monkeypatch: pytest.MonkeyPatch) -> int:
    """Set the cap of a document to a size whose scan is cheap, and still several reads of a file."""
    monkeypatch.setattr(json_splitter, "_CHUNK", 1 << 18)
    monkeypatch.setattr(json_splitter, "_MAX_DOCUMENT_BYTES", 1 << 20)
    return 1 << 20


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_the_cap_holds_for_documents_of_every_shape(small_cap: int, shape: str) -> None:
    check_cap(SHAPES[shape], small_cap)


@pytest.mark.slow
def test_a_missing_quote_in_a_large_file_is_reported_without_reading_on(small_cap: int) -> None:
    row = b'{"a": "text", "n": 12345}\n'
    file = Trickle(row * 1000 + b'{"a": "text, "n": 12345}\n' + row * (8 * small_cap // len(row)), (1 << 30,))
    with pytest.raises(engine.Invalid) as caught:
        list(JsonSplitter(file, depth=32, values=500_000).batches(1000))
    (issue,) = caught.value.errors
    assert issue.index == 1000
    assert len(row) * 1000 <= int(issue.message.rpartition("(byte ")[2].partition(",")[0]) <= len(row) * 1001 + 5
    assert file.position < 3 * small_cap


def test_batches_are_bounded_in_bytes_too() -> None:
    row = b'{"a": "%s"}\n' % (b"x" * (700 << 10))
    assert [len(batch.documents) for batch in batches(row * 7, size=1000)] == [3, 3, 1]


class Endless(io.RawIOBase):
    """A file of `count` equal rows, which is never in memory as a whole."""

    def __init__(self, row: bytes, count: int) -> None:
        self._row = row
        self._left = row * 100
        self._rows = count - 100

    def read(self, size: int = -1) -> bytes:
        while len(self._left) < size and self._rows > 0:
            more = min(self._rows, size // len(self._row) + 1)
            self._left += self._row * more
            self._rows -= more
        results, self._left = self._left[:size], self._left[size:]
        return results


@pytest.mark.slow
def test_the_memory_that_a_file_takes_does_not_grow_with_it() -> None:
    row = json.dumps({"name": "x" * 2000, "tags": ["a", "b"], "at": {"lat": 1.5, "lon": 2.5}}).encode() + b"\n"
    peaks = []
    for count in (2_000, 8_000):
        tracemalloc.start()
        reader = JsonSplitter(Endless(row, count), depth=32, values=500_000)
        assert sum(len(batch.documents) for batch in reader.batches(1000)) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.1
