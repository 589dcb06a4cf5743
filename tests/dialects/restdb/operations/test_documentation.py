"""The page of the dialect names what the operations declare."""

from __future__ import annotations

import re

import pytest

from datacube.local.paths import ROOT
from dialects.restdb.operations import COMPONENTS, OPERATIONS
from dialects.restdb.operations.lists import ListParameters
from web.operations import Operation
from web.operations.schemas import query_parameters

# The media archive and the tokens of users have pages of their own.
PAGES = "".join((ROOT / "docs" / "api" / f"{name}.md").read_text() for name in ("restdb", "files", "issuers"))
LISTS = PAGES.partition("| parameter | meaning |")[2].partition("\n\n")[0]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_every_parameter_is_documented(operation: Operation) -> None:
    declared = operation.as_dict()["parameters"]
    names = [parameter["name"] for parameter in declared if parameter["in"] == "query"]
    assert [name for name in names if not re.search(rf"\b{name}\b", PAGES)] == []


def test_the_table_of_lists_names_declared_parameters() -> None:
    cells = [row.split(" | ")[0] for row in LISTS.splitlines() if row.startswith("| `")]
    documented = {name for cell in cells for name in re.findall(r"[`&]([a-z]+)", cell)}
    declared = {parameter["name"] for parameter in query_parameters(ListParameters)}
    assert documented <= declared
    assert len(cells) > 10


def test_errors_and_keys_are_described() -> None:
    assert set(COMPONENTS["schemas"]["RestError"]["properties"]) == {"name", "message", "list", "status"}
    schemes = {name for operation in OPERATIONS for item in operation.security for name in item}
    assert schemes - {"Bearer", "Api-Key"} == set(COMPONENTS["securitySchemes"])
