"""The present values of a process."""

from __future__ import annotations

from typing import Any

from datacube.metrics import sampling
from datacube.serving.admission import Admission


class Idle:
    """An executor that runs nothing."""

    count = 7

    def submit(self, *arguments: Any, **options: Any) -> None:
        raise AssertionError


def test_a_pool_is_sampled_with_its_size(service_url: str) -> None:
    sampling.sample({"a test": Admission(Idle(), max_waiting=1, max_wait=1)})
    values = [gauge.labels("a test")._value.get() for gauge in (sampling.WAITING, sampling.RUNNING, sampling.SIZE)]
    assert values == [0, 0, 7]
    assert sampling.MEMORY._value.get() > 1e6
    assert sampling.PROCESSES._value.get() == 1


def test_a_failed_sample_is_logged_and_the_next_one_is_taken(monkeypatch: Any, caplog: Any) -> None:
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("away")
        raise SystemExit

    try:
        sampling._run(work, 0)
    except SystemExit:
        assert len(calls) == 2
    assert "were not sampled" in caplog.text
