"""Declared files of cells, and of databases, are binary."""

from __future__ import annotations

from dialects.airsequel.platform.operations.files import OPERATIONS


def test_uploads_are_forms() -> None:
    upload = next(declared.as_dict() for declared in OPERATIONS if declared.verb == "put")
    schema = upload["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert schema["properties"]["file"] == {"type": "string", "format": "binary"}
