"""Compares random SQL statements with SQLite, with an own mongod: `.venv/bin/python -m tests.fuzz_sql 100000 7`."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import django
import pytest

from datacube.local import embedded_servers


@contextmanager
def mongod() -> Iterator[str]:
    """Start a mongod and return its URI."""
    with tempfile.TemporaryDirectory() as folder:
        socket_path = Path(folder) / "mongod.sock"
        command = embedded_servers.mongod_command(Path(folder) / "data", socket_path=socket_path)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                while not embedded_servers.mongod_answers(socket_path):
                    time.sleep(0.2)
                while not embedded_servers.establish_replica_set(socket_path):
                    time.sleep(0.2)
                yield f"mongodb://{quote(str(socket_path), safe='')}/?directConnection=true"
            finally:
                process.terminate()


def main(count: int, seed: int) -> int:
    """Print what differs in `count` statements of a seed, and return the number of differences."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datacube.settings")
    django.setup()
    fuzz = importlib.import_module("tests.features.sql.fuzz")
    number = 0
    with pytest.MonkeyPatch.context() as patch, mongod() as uri, fuzz.collection(uri) as things:
        fuzz.ThreadProcess.install(patch)
        for difference in fuzz.differences(things, count=count, seed=seed):
            number += 1
            print(difference, flush=True)
    print(f"{count} statements of the seed {seed}, {number} differences")
    return number


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])) > 0)
