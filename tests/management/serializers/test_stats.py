"""The responses that count, and the health check."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework import serializers

from management.serializers import stats
from tests.management.serializers.support import example_errors, example_of, responses_of


def kinds(shape: Any) -> dict[str, type[serializers.Field]]:
    return {name: type(field) for name, field in shape.fields.items()}


@pytest.mark.parametrize("shape", responses_of(stats).values(), ids=responses_of(stats))
def test_the_example_of_a_response_is_valid(shape: Any) -> None:
    assert example_errors(shape) == {}


@pytest.mark.parametrize(
    ("shape", "member", "value"),
    [
        (stats.StatsResponse, "documents", -1),
        (stats.StatsResponse, "databases", None),
        (stats.StatsResponse, "collections", "many"),
        (stats.HealthResponse, "timestamp", "soon"),
        (stats.CoreError, "error", None),
        (stats.DashboardStatsResponse, "usage", {"api_calls_current_month": -1}),
        (stats.DashboardDatabaseResponse, "stats", {}),
    ],
)
def test_a_response_with_another_member_is_not_as_described(shape: Any, member: str, value: Any) -> None:
    serializer = shape(data={**example_of(shape), member: value})
    serializer.is_valid()
    assert list(serializer.errors) == [member]


def test_the_data_of_the_dashboard_has_no_success() -> None:
    assert list(stats.DashboardStatsResponse().fields) == ["usage", "databases"]
    assert list(stats.DashboardDatabaseResponse().fields) == ["database", "collections", "stats"]
    assert list(stats.CoreError().fields) == ["error"]


def test_the_members_of_the_dashboard_have_their_types() -> None:
    fields = stats.DashboardDatabaseResponse().fields
    assert kinds(fields["database"]) == dict.fromkeys(
        ("_id", "user_id", "displayName", "dbName"), serializers.CharField
    )
    assert kinds(fields["collections"].child) == {
        "name": serializers.CharField,
        "num_documents": serializers.IntegerField,
        "field_count": serializers.IntegerField,
    }
    assert kinds(fields["stats"]) == dict.fromkeys(("collection_count", "total_fields"), serializers.IntegerField)
    usage = stats.DashboardStatsResponse().fields["usage"]
    assert kinds(usage) == {
        "api_calls_current_month": serializers.IntegerField,
        "last_reset_date": serializers.DateTimeField,
    }
