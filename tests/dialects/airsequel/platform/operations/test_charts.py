"""Declared charts: the published names of their members."""

from __future__ import annotations

from dialects.airsequel.platform.operations.charts import ChartChange, ChartDefinition
from tests.dialects.airsequel.support import SAMPLES


def test_the_published_members() -> None:
    published = SAMPLES["POST /api/dbs/:dbId/charts"]["request"]
    assert ChartDefinition.parse(published).model_dump(by_alias=True, exclude_unset=True) == published
    assert ChartChange.parse({"title": "x"}).model_dump(by_alias=True, exclude_unset=True) == {"title": "x"}
