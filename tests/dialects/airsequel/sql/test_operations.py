"""The declared statement."""

from __future__ import annotations

import pytest

import engine
from dialects.airsequel.sql.operations import SqlStatement
from tests.dialects.airsequel.support import SAMPLES


def test_the_published_body() -> None:
    published = SAMPLES["POST /dbs/:dbId/sql"]["request"]
    assert SqlStatement.parse(published).query == published["query"]


@pytest.mark.parametrize("body", [{}, {"query": 5}, {"query": None}])
def test_other_bodies_are_refused(body: dict[str, object]) -> None:
    with pytest.raises(engine.Invalid, match="query must be the text of an SQL statement"):
        SqlStatement.parse(body)
