"""Values whose field gets another type: what becomes of them, and what has no exact counterpart."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from bson import Decimal128, Int64, ObjectId, Regex, Timestamp

from engine.limits import Limits
from engine.schema.conversion import converted
from engine.schema.fields import parse_field
from engine.schema.types import TYPES, CoercionError

HEX = "507f1f77bcf86cd799439011"
ID = ObjectId(HEX)
DAY, NOON = date(2024, 2, 29), datetime(2024, 2, 29, 12)
MIDNIGHT = datetime(2024, 2, 29)
SECONDS = 1709164800
MORE: dict[str, Any] = {"enum": {"enum": ["1", "a"]}, "reference": {"collection": "x"}}
MANY = {"collection": "x", "many": True}


def convert(value: Any, kind: str, **more: Any) -> Any:
    field, _ = parse_field({"name": "f", "type": kind} | (more or MORE.get(kind, {})), limits=Limits())
    assert field is not None
    return converted(value, field)


# For each type a value of it, and what it becomes in each type that has an exact counterpart; in every other type
# it is refused.
MATRIX: list[tuple[str, Any, dict[str, Any]]] = [
    ("string", "a", {"string": "a", "enum": "a", "json": "a"}),
    ("string", "1", {"string": "1", "enum": "1", "json": "1", "number": 1, "autonumber": 1}
     | {"decimal128": Decimal128("1")}),
    ("string", "true", {"string": "true", "json": "true", "boolean": True, "binary": b"\xb6\xbb\x9e"}),
    ("string", "YQ==", {"string": "YQ==", "json": "YQ==", "binary": b"a"}),
    ("string", "2024-02-29", {"string": "2024-02-29", "json": "2024-02-29"}
     | dict.fromkeys(("date", "datetime"), MIDNIGHT) | {"timestamp": Timestamp(SECONDS, 0)}),
    ("string", HEX, {"string": HEX, "json": HEX, "objectid": ID, "reference": ID}
     | {"binary": bytes.fromhex("e74edfd5fefb6dc7fce9c77bf7de37f74d75")}),
    ("number", 1, {"number": 1, "autonumber": 1, "json": 1, "string": "1", "enum": "1"}
     | {"decimal128": Decimal128("1")}),
    ("number", 1.5, {"number": 1.5, "json": 1.5, "string": "1.5", "decimal128": Decimal128("1.5")}),
    ("object", {"a": 1}, {"object": {"a": 1}, "json": {"a": 1}}),
    ("array", [1], {"array": [1], "json": [1]}),
    ("boolean", True, {"boolean": True, "json": True, "string": "true"}),
    ("date", DAY, dict.fromkeys(("date", "datetime"), MIDNIGHT) | {"timestamp": Timestamp(SECONDS, 0)}
     | dict.fromkeys(("string", "json"), "2024-02-29")),
    ("datetime", NOON, dict.fromkeys(("date", "datetime"), NOON) | {"timestamp": Timestamp(SECONDS + 43200, 0)}
     | dict.fromkeys(("string", "json"), "2024-02-29T12:00:00.000Z")),
    ("null", None, dict.fromkeys(TYPES)),
    ("binary", b"ab", {"binary": b"ab", "string": "YWI=", "json": "YWI="}),
    ("objectid", ID, {"objectid": ID, "reference": ID, "string": HEX, "json": HEX}),
    ("decimal128", Decimal128("2.50"), {"decimal128": Decimal128("2.50"), "number": 2.5}
     | dict.fromkeys(("string", "json"), "2.50")),
    ("regex", Regex("^a", "i"), {"regex": Regex("^a", "i")}
     | dict.fromkeys(("json",), {"pattern": "^a", "options": "i"})),
    ("timestamp", Timestamp(SECONDS, 0), dict.fromkeys(("date", "datetime"), MIDNIGHT)
     | {"timestamp": Timestamp(SECONDS, 0)} | dict.fromkeys(("string", "json"), "2024-02-29T00:00:00.000Z")),
    ("email", "a@b.no", dict.fromkeys(("email", "string", "json"), "a@b.no")),
    ("url", "https://b.no/", dict.fromkeys(("url", "string", "json"), "https://b.no/")),
    ("enum", "a", dict.fromkeys(("enum", "string", "json"), "a")),
    ("json", {"x": [True]}, dict.fromkeys(("json", "object"), {"x": [True]})),
    ("reference", ID, dict.fromkeys(("objectid", "reference"), ID) | dict.fromkeys(("string", "json"), HEX)),
    ("autonumber", Int64(1), {"number": 1, "autonumber": 1, "json": 1, "string": "1", "enum": "1"}
     | {"decimal128": Decimal128("1")}),
]  # fmt: skip


@pytest.mark.parametrize(("before", "value", "becomes"), MATRIX)
def test_every_pair_of_types(before: str, value: Any, becomes: dict[str, Any]) -> None:
    assert before in becomes
    for kind in TYPES:
        if kind in becomes:
            found, expected = convert(value, kind), becomes[kind]
            assert (kind, type(found), found) == (kind, type(expected), expected)
        else:
            with pytest.raises(CoercionError):
                pytest.fail(f"{value!r} became {convert(value, kind)!r} of type {kind}")


def test_the_matrix_has_every_type() -> None:
    assert {before for before, _, _ in MATRIX} == TYPES.keys()


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("0.1", "number", 0.1),
        ("-1.5e3", "number", -1500.0),
        ("1.50", "number", 1.5),
        ("9007199254740993", "number", 9007199254740993),
        ("9223372036854775807", "number", 2**63 - 1),
        ("5e-324", "number", 5e-324),
        ("0e-400", "number", 0.0),
        (Decimal128("9007199254740993"), "number", 9007199254740993),
        (Decimal128("1E+3"), "number", 1000.0),
        (Decimal128("0.1"), "number", 0.1),
        (Decimal128("7"), "autonumber", 7),
        (0.1, "decimal128", Decimal128("0.1")),
        (2**63 - 1, "decimal128", Decimal128("9223372036854775807")),
        (1e300, "decimal128", Decimal128("1E+300")),
        (1e16, "string", "1e+16"),
        (1e-7, "string", "1e-7"),
        (False, "string", "false"),
        (Decimal128("1E-400"), "string", "1E-400"),
        (MIDNIGHT, "string", "2024-02-29T00:00:00.000Z"),
        ("2024-02-29T10:00:00.120000+02:00", "datetime", datetime(2024, 2, 29, 8, 0, 0, 120_000)),
        ("", "binary", b""),
        ([{"t": 1}], "json", [{"t": 1}]),
    ],
)
def test_what_a_value_becomes(value: Any, kind: str, expected: Any) -> None:
    found = convert(value, kind)
    assert (type(found), found) == (type(expected), expected)


def test_one_id_becomes_an_array_of_ids() -> None:
    assert convert(HEX, "reference", **MANY) == [ID]
    assert convert([HEX], "reference", **MANY) == [ID]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        # Numbers that would be rounded, or become zero or infinite.
        *((text, "number") for text in ("0.1234567890123456789", "9007199254740993.0", "1e-400", "1e400")),
        *((text, "number") for text in ("9223372036854775808", "9" * 400, "1" * 500, "2e-324")),
        *(
            (Decimal128(text), "number")
            for text in ("12345678901234567890.12", "9007199254740993.5", "0.1234567890123456789", "1E-400")
        ),
        *((Decimal128(text), "number") for text in ("1E+400", "NaN", "Infinity", "9223372036854775808")),
        ("1." + "0" * 33 + "1", "decimal128"),
        ("1e-7000", "decimal128"),
        # Texts that are not written as JSON writes numbers.
        *(
            (text, kind)
            for text in ("01", "+1", "\u0661", ".5", "5.", "12 ", " 1", "1_000", "nan", "Infinity", "", "0x1", "-")
            for kind in ("number", "decimal128", "autonumber")
        ),
        *((value, "autonumber") for value in (1.0, "1.0", "1.5", Decimal128("1.0"))),
        *((value, "boolean") for value in (0, 1, 1.0, 0.0, 2, "0", "1", "yes", "True", Decimal128("1"))),
        *((value, "number") for value in (True, False, [1])),
        (True, "decimal128"),
        *(("2024-02-29T10:00:00.1234", kind) for kind in ("date", "datetime", "timestamp")),
        *((value, "date") for value in ("tomorrow", "2023-02-29", 1709164800, Timestamp(5, 1))),
        (datetime(2024, 1, 1, 0, 0, 0, 1000), "timestamp"),
        *((value, "string") for value in ([], {}, Regex("a"))),
        *((value, "binary") for value in (5, "YR==", "YQ", "é")),
        *((value, "array") for value in (5, "[]", {})),
        *((value, "object") for value in ("{}", [])),
        *((value, "reference") for value in (5, [HEX])),
        ("b", "enum"),
    ],
)
def test_what_has_no_exact_counterpart(value: Any, kind: str) -> None:
    with pytest.raises(CoercionError):
        pytest.fail(f"{value!r} became {convert(value, kind)!r}")
