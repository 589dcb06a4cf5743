"""The rows of charts that have an SQL statement, for the pages of the dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.conf import settings

import engine
from accounts.principal import Principal
from catalog.services.access import open_database, team_of
from catalog.services.metadata.views import views_of
from dashboard.layout.base import SURFACE
from features.charts.rows import RunSelect
from features.jobs.tasks import ensure_rowids
from features.sql.collections import source_of, tables_of
from features.sql.services import run_statement


def selecting(principal: Principal, database: engine.Database) -> RunSelect:
    """Return what runs a SELECT with the permissions of a person.

    It waits as long as another statement of the team may take: a page has several charts, which are drawn one after
    the other.
    """
    opened = partial(open_database, principal, database.id, surface=SURFACE)

    def select(statement: str) -> tuple[Sequence[Mapping[str, Any]], Sequence[str]]:
        answer = run_statement(
            statement,
            tables_of(database),
            source_of(lambda name: opened(collection=name), ensure_rowids),
            tenant=str(team_of(principal, database.id)),
            views=views_of(database.id),
            only_reads=True,
            max_wait=settings.SQL_TIMEOUT,
        )
        return answer.rows, answer.errors

    return select
