"""The plan of a schema change inside of its job."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from catalog.services.schema_changes import SchemaPlan
from features.jobs.models import Job
from features.jobs.services import schema_change

PLAN = {"operations": [{"op": "drop", "name": "a"}], "before": {"strict": False}, "after": {"strict": True}}


def test_the_plan_is_read_from_the_job() -> None:
    job = Job(database_id="a" * 24, collection="films", plan={**PLAN, "dry_run": True, "published": False})
    plan = schema_change._plan(job)
    assert plan == SchemaPlan("a" * 24, "films", PLAN["operations"], PLAN["before"], PLAN["after"])
    assert plan.as_json() == PLAN


@pytest.mark.parametrize(
    ("members", "plan"),
    [
        ({}, {"dry_run": False}),
        ({"published": True}, {"dry_run": False, "published": True}),
        ({"dry_run": True, "indexes": "[]"}, {"dry_run": True, "indexes": "[]"}),
    ],
)
def test_members_are_recorded_in_the_job_and_saved_with_its_lease(
    members: dict[str, Any], plan: dict[str, Any]
) -> None:
    before = {"dry_run": False}
    job, saved = Job(plan=before), []
    lease: Any = SimpleNamespace(save=lambda **values: saved.append(values))
    schema_change._record(job, lease, **members)
    assert job.plan == plan
    assert saved == [{"plan": plan}]
    assert before == {"dry_run": False}


@pytest.mark.parametrize("plan", [{}, {"declared": True}, {"indexes": "[]", "declared": True}])
def test_indexes_are_only_restored_where_the_schema_was_not_declared(plan: dict[str, Any]) -> None:
    job = Job(plan=plan)  # without a database: an attempt to restore them would fail
    schema_change.leave(job)
    assert job.plan == plan
