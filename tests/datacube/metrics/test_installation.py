"""Figures of the installation, with parts that do not answer."""

from __future__ import annotations

from typing import Any

import pytest

from datacube.metrics import installation
from datacube.serving import readiness


@pytest.mark.django_db(transaction=True)
def test_a_part_that_does_not_answer_is_reported_as_away(settings: Any, tmp_path: Any) -> None:
    settings.REDIS_URL = f"redis+socket://{tmp_path}/none.sock?virtual_host=0"
    readiness.queue_client.cache_clear()
    try:
        metrics = {metric.name: metric for metric in installation.InstallationCollector().collect()}
    finally:
        readiness.queue_client.cache_clear()
    up = {sample.labels["part"]: sample.value for sample in metrics["datacube_up"].samples}
    assert up == {"platform": 1, "queue": 0, "disk": 1, "documents": 1}
    assert "datacube_queue_depth" not in metrics
    assert "datacube_jobs_oldest_seconds" in metrics
