"""The members of a stored chart that say what is drawn, and which of them go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import engine
from features.charts.kinds import ChartKind, kind_of

AGGREGATES = ("avg", "count", "max", "min", "sum")
_NO_TABLE = "Name a table, or write a SELECT in sql."


@dataclass(frozen=True)
class Drawing:
    """What a chart draws: of `kind`, with the x axis of the first of `columns`, and the values of the others."""

    kind: ChartKind
    title: str
    columns: tuple[str, ...]
    table: str
    label_rotation: int = 0
    hides_nulls: bool = False
    filter: Mapping[str, Any] = field(default_factory=dict)
    aggregate: str = ""
    pipeline: Sequence[Any] | None = None
    sql: str = ""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Drawing:
        """Return what a stored chart draws. Raises `Invalid` for a type that is not drawn."""
        return cls(
            kind=kind_of(stored.get("chartType", "")),
            title=stored.get("title", ""),
            columns=tuple(stored.get("headers") or ()),
            table=stored.get("table") or "",
            label_rotation=stored.get("labelRotation", 0),
            hides_nulls=stored.get("hideNullValues", False),
            filter=stored.get("filter") or {},
            aggregate=stored.get("aggregate") or "",
            pipeline=stored.get("pipeline"),
            sql=stored.get("sql") or "",
        )


def source_errors(stored: Mapping[str, Any]) -> list[engine.FieldError]:
    """Return the errors of the members that name the source of a chart's rows."""
    errors = []
    if not stored.get("table") and not stored.get("sql"):
        errors.append(engine.FieldError("table", _NO_TABLE))
    for name, others in (
        ("pipeline", ("filter", "aggregate")),
        ("sql", ("table", "filter", "aggregate", "pipeline")),
    ):
        rest = [other for other in others if stored.get(other)]
        if stored.get(name) and rest:
            errors.append(engine.FieldError(name, f"Does not go with {' and '.join(rest)}."))
    return errors
