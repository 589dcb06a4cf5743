"""A Celery application of two tasks, for tests/datacube/test_celery_transport.py; its directory is QUEUE_HOME."""

import os
import time
from pathlib import Path

from datacube.celery import app

HOME = Path(os.environ["QUEUE_HOME"])
app.conf.update(
    broker_url=f"redis+socket://{HOME / 'v'}?virtual_host=0", include=["tests.datacube.queue_app"], imports=()
)


@app.task(name="wait")
def wait() -> None:
    """Run until the file `go` is there."""
    (HOME / "waiting").touch()
    while not (HOME / "go").exists():
        time.sleep(0.05)
    (HOME / "waited").touch()


@app.task(name="touch")
def touch(name: str) -> None:
    (HOME / name).touch()
