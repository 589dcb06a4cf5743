"""Random statements have the results of SQLite; tests/fuzz_sql.py compares more of them."""

from __future__ import annotations

import os
from itertools import islice

import pytest
from django.conf import settings

from tests.features.sql.fuzz import ThreadProcess, collection, differences

pytestmark = pytest.mark.slow
COUNT = int(os.environ.get("FUZZ_EXAMPLES", "0")) or 300


def test_statements_have_the_results_of_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    ThreadProcess.install(monkeypatch)
    with collection(settings.MONGODB_URI) as things:
        assert [*islice(differences(things, count=COUNT, seed=1), 10)] == []
