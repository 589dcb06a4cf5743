"""The table of jobs and the states of a job."""

from __future__ import annotations

from features.jobs.models import OPEN, Job, JobState, Task


def test_a_finished_job_is_not_open() -> None:
    assert set(JobState) - set(OPEN) == {JobState.DONE, JobState.FAILED}


def test_names_fit_into_their_columns() -> None:
    for name, values in (("state", JobState.values), ("task", Task.values)):
        column = Job._meta.get_field(name)
        assert [value for value, _ in column.choices] == values
        assert max(map(len, values)) <= column.max_length


def test_a_new_job_waits_at_its_beginning_without_a_lease() -> None:
    job = Job(id="j1", size=10, grant={})
    assert (job.state, job.task, job.position, job.rows) == ("queued", "import", 0, 0)
    assert (job.lease_owner, job.finished_at, job.message, job.errors) == ("", None, "", [])


def test_two_jobs_share_no_default() -> None:
    first, second = Job(), Job()
    for name in ("plan", "result", "errors"):
        assert getattr(first, name) is not getattr(second, name)
