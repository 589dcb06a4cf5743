"""The legacy form of references."""

from __future__ import annotations

import pytest

from dialects.communibase.documents.references import parse_legacy

ONE, OTHER = "528c887772c1bd17070011cf", "528c877c7bcb1bdcc7001951"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f"Company|{ONE}", []),
        (f"Company|{ONE}.addresses|{OTHER}", [("addresses", OTHER)]),
        (f"Company|{ONE}.a|{OTHER}.b|{ONE}", [("a", OTHER), ("b", ONE)]),
    ],
)
def test_parsed(text: str, path: list[tuple[str, str]]) -> None:
    assert parse_legacy(text) == {
        "rootDocumentEntityType": "Company",
        "rootDocumentId": ONE,
        "path": [{"field": field, "objectId": id} for field, id in path],
    }


@pytest.mark.parametrize(
    "text", ["", "Company", "Company|x", f"|{ONE}", f"Company|{ONE}.addresses", f"Company|{ONE}."]
)
def test_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Must be a reference"):
        parse_legacy(text)
