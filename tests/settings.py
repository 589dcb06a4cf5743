"""The service's settings for tests: in a home of their own, with in-process databases apart from the service's.

pytest-django reads settings before any conftest, so a plain `pytest` gets its fresh home here; conftest.py then
starts the service in it. `./dev test` has done both already.
"""

import os

from datacube.local import test_service

if test_service.URL not in os.environ:
    test_service.prepare(os.environ)

from datacube.settings import *  # noqa: F403 the home must be known before the settings are read
from datacube.settings import DATABASES, HOME

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # In a file, as in production: SQLite's shared memory would lock differently between threads.
    DATABASES["default"]["TEST"] = {"NAME": str(HOME / "in-process.sqlite3")}

USAGE_FLUSH_INTERVAL = 0  # no background thread writes during the tests
SQL_WARM_PROCESSES = FUNCTION_WARM_PROCESSES = 0  # nothing is started beside what a test starts
