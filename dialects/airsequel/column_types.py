"""Column types: SQLite's names of types, this project's field types, GraphQL's types and form inputs.

SQLite's rules of affinity decide what a name means: every name is a type, and `TEXT_EMAIL` and the like say more.
"""

from __future__ import annotations

from collections.abc import Mapping

import engine

# What the name of a type contains, in the order in which it is looked for, and its affinity.
_AFFINITIES = (
    ("INT", "INTEGER"),
    ("CHAR", "TEXT"),
    ("CLOB", "TEXT"),
    ("TEXT", "TEXT"),
    ("BLOB", "BLOB"),
    ("REAL", "REAL"),
    ("FLOA", "REAL"),
    ("DOUB", "REAL"),
    ("BOOL", "BOOLEAN"),
)
_GRAPHQL: Mapping[str, str] = {"TEXT": "String", "BLOB": "String", "REAL": "Float", "BOOLEAN": "Boolean"}
_FIELD_OF_AFFINITY: Mapping[str, str] = {"TEXT": "string", "BLOB": "string", "BOOLEAN": "boolean"}
# The longest beginning of a name decides; what is missing here is stored by its affinity.
_FIELDS: Mapping[str, str] = {
    "TEXT_DATE": "date",
    "TEXT_DATETIME": "datetime",
    "TEXT_EMAIL": "email",
    "TEXT_JSON": "json",
    "TEXT_JSON_ARRAY": "array",
    "TEXT_JSON_OBJECT": "object",
}
_NAMES: Mapping[str, str] = {
    "array": "TEXT_JSON_ARRAY",
    "autonumber": "INTEGER",
    "binary": "BLOB",
    "boolean": "BOOLEAN",
    "date": "TEXT_DATE",
    "datetime": "TEXT_DATETIME",
    "decimal128": "REAL",
    "email": "TEXT_EMAIL",
    "json": "TEXT_JSON",
    "null": "TEXT",
    "number": "REAL",
    "object": "TEXT_JSON_OBJECT",
    "regex": "TEXT_JSON",
    "timestamp": "TEXT_DATETIME",
    "url": "TEXT_URL",
}
_INPUTS: Mapping[str, str] = {
    "BLOB": "InputFile",
    "BLOB_IMAGE": "InputImage",
    "BOOLEAN": "InputCheckbox",
    "INTEGER": "InputNumber",
    "INT_PERCENT": "InputPercent",
    "INT_STARS": "InputStars",
    "NUMERIC": "InputNumber",
    "REAL": "InputNumber",
    "REAL_MONEY": "InputMoney",
    "REAL_PERCENT": "InputPercent",
    "TEXT": "InputText",
    "TEXT_CODE": "InputCode",
    "TEXT_COLOR": "InputColor",
    "TEXT_COUNTRY": "InputCountry",
    "TEXT_DATE": "InputDate",
    "TEXT_DATETIME": "InputDatetime",
    "TEXT_DURATION": "InputDuration",
    "TEXT_EMAIL": "InputEmail",
    "TEXT_JSON": "InputJson",
    "TEXT_TEL": "InputTel",
    "TEXT_TIME": "InputTime",
    "TEXT_URL": "InputUrl",
}


def affinity(sqlite_type: str) -> str:
    """Return INTEGER, TEXT, BLOB, REAL, BOOLEAN or NUMERIC by SQLite's rules; BOOLEAN is a kind of its own here."""
    name = sqlite_type.upper()
    if not name:
        return "BLOB"
    return next((kind for part, kind in _AFFINITIES if part in name), "NUMERIC")


def graphql_type(sqlite_type: str) -> str:
    """Return Int, Float, Boolean or String. A name without any of SQLite's parts is an Int, as published."""
    return _GRAPHQL.get(affinity(sqlite_type), "Int")


def field_type(sqlite_type: str) -> str:
    """Return the field type in which a column of this SQLite type is stored.

    A BLOB is the id of a file. Text is checked where a published name promises its form: dates, e-mail and JSON.
    """
    by_name = _longest(_FIELDS, sqlite_type)
    return by_name or _FIELD_OF_AFFINITY.get(affinity(sqlite_type), "number")


def sqlite_type(field: engine.Field) -> str:
    """Return the SQLite type of a field that was declared elsewhere."""
    return "TEXT_JSON_ARRAY" if field.many else _NAMES.get(field.type, "TEXT")


def input_element(sqlite_type: str, *, listed: bool = False) -> str:
    """Return the name of the form input of a column; `listed` is a column with an enum."""
    if listed:
        return "InputSelect"
    return _longest(_INPUTS, sqlite_type) or _INPUTS[affinity(sqlite_type)]


def _longest(table: Mapping[str, str], sqlite_type: str) -> str:
    """Return what stands for a name or its longest beginning, a part being what underscores separate."""
    name = sqlite_type.upper().partition("(")[0].strip()
    while name:
        if name in table:
            return table[name]
        name = name.rpartition("_")[0]
    return ""
