"""Compares random SQL statements with SQLite, with an own mongod: `.venv/bin/python -m tests.fuzz_sql 100000 7`."""

from __future__ import annotations

import importlib
import os
import sys

import django
import pytest

from tests.mongod import replica_set


def main(count: int, seed: int) -> int:
    """Print what differs in `count` statements of a seed, and return the number of differences."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datacube.settings")
    django.setup()
    fuzz = importlib.import_module("tests.features.sql.fuzz")
    number = 0
    with pytest.MonkeyPatch.context() as patch, replica_set() as uri, fuzz.collection(uri) as things:
        fuzz.ThreadProcess.install(patch)
        for difference in fuzz.differences(things, count=count, seed=seed):
            number += 1
            print(difference, flush=True)
    print(f"{count} statements of the seed {seed}, {number} differences")
    return number


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])) > 0)
