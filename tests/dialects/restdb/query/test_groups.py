"""Parsing of groups and aggregations."""

from __future__ import annotations

import pytest

import engine
from dialects.restdb.query.groups import Group, Metric, groups, metrics
from dialects.restdb.query.moment_format import UNITS

KNOWN = "$YEAR:field, $MONTH:field, $DAY:field, $HOUR:field, $MIN:field, $SEC:field, $DATE.<format>:field"
FUNCTIONS = "SUM:field, AVG:field, MIN:field, MAX:field, COUNT:field"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("name", Group("name")),
        ("a.b", Group("a.b")),
        ("größe", Group("größe")),
        ("_createdby", Group("_sys.created_by")),
        ("a:b", Group("a:b")),
        ("$YEAR:at", Group("at", "YYYY", "year")),
        ("$MONTH:at", Group("at", "MM", "month")),
        ("$DAY:at", Group("at", "DD", "day")),
        ("$HOUR:at", Group("at", "HH", "hour")),
        ("$MIN:at", Group("at", "mm", "minute")),
        ("$SEC:_created", Group("_sys.created", "ss", "second")),
        ("$DATE.YYYY-MM-DD:at", Group("at", "YYYY-MM-DD", "day")),
        ("$DATE.HH:mm:at", Group("at", "HH:mm", "minute")),
        ("$DATE.[at: ]H:a.b", Group("a.b", "[at: ]H", "hour")),
    ],
)
def test_a_group(spec: str, expected: Group) -> None:
    assert groups((spec,)) == (expected,)


@pytest.mark.parametrize(("name", "expected"), [("", "UTC"), ("UTC", "UTC"), ("Europe/Berlin", "Europe/Berlin")])
def test_a_time_zone_holds_for_every_group(name: str, expected: str) -> None:
    parsed = groups(("name", "$YEAR:at"), timezone=name)
    assert parsed == (Group("name", timezone=expected), Group("at", "YYYY", "year", expected))


def errors_of(*specs: str, timezone: str = "") -> list[tuple[str, str]]:
    with pytest.raises(engine.Invalid) as caught:
        groups(specs, timezone=timezone)
    return [(issue.field, issue.message) for issue in caught.value.errors]


@pytest.mark.parametrize(
    "spec", ["$YEAR", "$YEAR:", "$year:at", "$WEEK:at", "$:at", "$", "$DATE.:at", "$DATE.YYYY"]
)
def test_an_unknown_group_is_refused(spec: str) -> None:
    assert errors_of(spec) == [("groupby", f"Unknown group {spec!r}. Use a field or one of {KNOWN}.")]


@pytest.mark.parametrize("format", ["x", "[text]", "YYYY foo", "-", "é"])
def test_a_format_without_a_unit_is_refused(format: str) -> None:
    text = f"Invalid date format {format!r}. Its tokens are {', '.join(UNITS)}."
    assert errors_of(f"$DATE.{format}:at") == [("groupby", text)]


@pytest.mark.parametrize("name", ["Europe", "europe/berlin", "+01:00", "../etc/passwd", " UTC"])
def test_an_unknown_time_zone_is_refused_beside_other_errors(name: str) -> None:
    zone = ("timezone", "Must be the name of a time zone, such as Europe/Berlin.")
    assert errors_of(timezone=name) == [zone]
    assert [field for field, _ in errors_of("$X:a", "name", "$Y:b", timezone=name)] == [
        "timezone",
        "groupby",
        "groupby",
    ]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("SUM:n", Metric("SUM", "n", "SUM n")),
        ("AVG:a.b", Metric("AVG", "a.b", "AVG a.b")),
        ("MIN:_version", Metric("MIN", "_sys.version", "MIN _version")),
        ("MAX:größe:x", Metric("MAX", "größe:x", "MAX größe:x")),
        ("COUNT:all of them", Metric("COUNT", "all of them", "COUNT all of them")),
        ("COUNT:", Metric("COUNT", "", "COUNT ")),
    ],
)
def test_a_metric(spec: str, expected: Metric) -> None:
    assert metrics((spec,)) == (expected,)


@pytest.mark.parametrize("spec", ["", "SUM", "SUM:", "COUNT", "sum:n", "MEDIAN:n", ":n", "SUM n"])
def test_an_unknown_metric_is_refused(spec: str) -> None:
    with pytest.raises(engine.Invalid) as caught:
        metrics(("COUNT:n", spec, "X:n"))
    assert [(issue.field, issue.message) for issue in caught.value.errors] == [
        ("aggregate", f"Unknown aggregation {spec!r}. Use one of {FUNCTIONS}."),
        ("aggregate", f"Unknown aggregation 'X:n'. Use one of {FUNCTIONS}."),
    ]


def test_nothing_is_parsed_to_nothing() -> None:
    assert (groups(()), metrics(())) == ((), ())
