"""Charts and dashboards of a database. Reading needs `read`, changing `design`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

import engine
from accounts.principal import Principal
from catalog.naming import new_ulid
from catalog.services.access import lock_database, open_database
from catalog.services.queries import database_key
from engine.errors import invalid
from features.charts.definition import source_errors
from features.charts.models import Dashboard, TableChart

_NUL = r"\u0000"
_NO_CHART, _NO_DASHBOARD = "Chart not found.", "Dashboard not found."


@dataclass(frozen=True)
class StoredChart:
    """A chart: its id, and its members as they were sent."""

    id: str
    definition: Mapping[str, Any]


@dataclass(frozen=True)
class StoredDashboard:
    """A dashboard: its title, and the ids of its charts."""

    id: str
    title: str
    charts: Sequence[str]


def list_charts(principal: Principal, database_id: str) -> list[StoredChart]:
    """Return the charts in the order of their creation."""
    open_database(principal, database_id).require(engine.Action.READ)
    return [StoredChart(row.pk, row.definition) for row in _charts(database_id).order_by("pk")]


def read_chart(principal: Principal, database_id: str, chart_id: str) -> StoredChart:
    """Return one chart. Raises `NotFound`."""
    open_database(principal, database_id).require(engine.Action.READ)
    row = _charts(database_id).filter(pk=_id(chart_id)).first()
    if row is None:
        raise engine.NotFound(_NO_CHART)
    return StoredChart(row.pk, row.definition)


def add_chart(principal: Principal, database_id: str, definition: Mapping[str, Any]) -> StoredChart:
    """Store a chart. Raises `Invalid` for an unknown table or two sources, and `TooLarge` at MAX_CHARTS."""
    _check_table(principal, database_id, definition)
    _check_source(definition)
    with transaction.atomic():
        lock_database(database_id)
        _check_room(_charts(database_id).count(), "charts")
        row = TableChart.objects.create(pk=new_ulid(), database_id=database_key(database_id), definition=definition)
    return StoredChart(row.pk, row.definition)


def change_chart(principal: Principal, database_id: str, chart_id: str, changes: Mapping[str, Any]) -> None:
    """Change members of a chart. Raises `NotFound`, and `Invalid` for an unknown table or two sources."""
    _check_table(principal, database_id, changes)
    with transaction.atomic():
        row = _charts(database_id).select_for_update().filter(pk=_id(chart_id)).first()
        if row is None:
            raise engine.NotFound(_NO_CHART)
        row.definition = {**row.definition, **changes}
        _check_source(row.definition)
        row.save(update_fields=["definition"])


def delete_chart(principal: Principal, database_id: str, chart_id: str) -> None:
    """Delete a chart, also from the dashboards that show it. Raises `NotFound`."""
    open_database(principal, database_id).require(engine.Action.DESIGN)
    with transaction.atomic():
        if not _charts(database_id).filter(pk=_id(chart_id)).delete()[0]:
            raise engine.NotFound(_NO_CHART)
        _remove_from_dashboards(database_id, {chart_id})


def delete_charts_of_table(principal: Principal, database_id: str, table: str) -> None:
    """Delete the charts of a table, also from dashboards."""
    open_database(principal, database_id).require(engine.Action.DESIGN)
    with transaction.atomic():
        rows = list(_charts(database_id).select_for_update())
        ids = {row.pk for row in rows if row.definition.get("table") == table}
        _charts(database_id).filter(pk__in=ids).delete()
        _remove_from_dashboards(database_id, ids)


def rename_collection(database_id: str, name: str, *, to: str) -> None:
    """Let the charts of a renamed collection name it as it is now; see COLLECTION_RENAMED. Texts of SQL stay."""
    for row in _charts(database_id).select_for_update():
        if row.definition.get("table") == name:
            row.definition = {**row.definition, "table": to}
            row.save(update_fields=["definition"])


def list_dashboards(principal: Principal, database_id: str) -> list[StoredDashboard]:
    """Return the dashboards in the order of their creation."""
    open_database(principal, database_id).require(engine.Action.READ)
    return [_stored(row) for row in _dashboards(database_id).order_by("pk")]


def read_dashboard(principal: Principal, database_id: str, dashboard_id: str) -> StoredDashboard:
    """Return one dashboard. Raises `NotFound`."""
    open_database(principal, database_id).require(engine.Action.READ)
    row = _dashboards(database_id).filter(pk=_id(dashboard_id)).first()
    if row is None:
        raise engine.NotFound(_NO_DASHBOARD)
    return _stored(row)


def add_dashboard(principal: Principal, database_id: str, *, title: str, charts: Sequence[str]) -> StoredDashboard:
    """Store a dashboard. Raises `Invalid` for unknown charts, and `TooLarge` at MAX_CHARTS."""
    open_database(principal, database_id).require(engine.Action.DESIGN)
    with transaction.atomic():
        lock_database(database_id)
        _check_charts(database_id, charts)
        _check_room(_dashboards(database_id).count(), "dashboards")
        row = Dashboard.objects.create(
            pk=new_ulid(), database_id=database_key(database_id), title=title, charts=[*charts]
        )
    return _stored(row)


def change_dashboard(
    principal: Principal, database_id: str, dashboard_id: str, *, title: str | None, charts: Sequence[str] | None
) -> None:
    """Change the title or the charts; None leaves them. Raises `NotFound`, and `Invalid` for unknown charts."""
    open_database(principal, database_id).require(engine.Action.DESIGN)
    with transaction.atomic():
        row = _dashboards(database_id).select_for_update().filter(pk=_id(dashboard_id)).first()
        if row is None:
            raise engine.NotFound(_NO_DASHBOARD)
        _check_charts(database_id, charts or ())
        row.title = row.title if title is None else title
        row.charts = row.charts if charts is None else [*charts]
        row.save(update_fields=["title", "charts"])


def delete_dashboard(principal: Principal, database_id: str, dashboard_id: str) -> None:
    """Delete a dashboard; its charts stay. Raises `NotFound`."""
    open_database(principal, database_id).require(engine.Action.DESIGN)
    if not _dashboards(database_id).filter(pk=_id(dashboard_id)).delete()[0]:
        raise engine.NotFound(_NO_DASHBOARD)


def _check_table(principal: Principal, database_id: str, definition: Mapping[str, Any]) -> None:
    table = definition.get("table")
    database = open_database(principal, database_id, collection=table or None)
    database.require(engine.Action.DESIGN)
    if table and table not in database.specs:
        raise engine.Invalid.of_field("table", f"The database has no table {table!r}.")


def _check_source(definition: Mapping[str, Any]) -> None:
    text = json.dumps(definition)
    if len(text) > settings.MAX_CHART_BYTES:
        raise engine.TooLarge(f"A chart has at most {settings.MAX_CHART_BYTES} bytes (MAX_CHART_BYTES).")
    if _NUL in text:
        raise engine.Invalid("The chart must not contain NUL.")
    if errors := source_errors(definition):
        raise invalid(errors)


def _check_charts(database_id: str, charts: Sequence[str]) -> None:
    known = set(_charts(database_id).values_list("pk", flat=True))
    errors = [
        engine.FieldError(f"charts.{index}", f"The database has no chart {chart!r}.")
        for index, chart in enumerate(charts)
        if chart not in known
    ]
    if errors:
        raise invalid(errors)


def _check_room(count: int, kind: str) -> None:
    if count >= settings.MAX_CHARTS:
        raise engine.TooLarge(f"A database has at most {settings.MAX_CHARTS} {kind} (MAX_CHARTS).")


def _remove_from_dashboards(database_id: str, ids: set[str]) -> None:
    for row in _dashboards(database_id).select_for_update():
        if not ids.isdisjoint(row.charts):
            row.charts = [chart for chart in row.charts if chart not in ids]
            row.save(update_fields=["charts"])


def _charts(database_id: str) -> Any:
    return TableChart.objects.filter(database__public_id=database_id)


def _dashboards(database_id: str) -> Any:
    return Dashboard.objects.filter(database__public_id=database_id)


def _stored(row: Dashboard) -> StoredDashboard:
    return StoredDashboard(row.pk, row.title, tuple(row.charts))


def _id(text: str) -> str:
    """Return an id of the address, without NUL, which SQL would refuse."""
    return text.replace("\0", "")


def copy_charts(principal: Principal, database_id: str, *, to: str) -> None:
    """Copy the charts and dashboards of a database to a new one. Needs `read`."""
    open_database(principal, database_id).require(engine.Action.READ)
    key = database_key(to)
    charts = list(_charts(database_id).order_by("pk"))
    ids = {row.pk: new_ulid() for row in charts}
    TableChart.objects.bulk_create(
        TableChart(pk=ids[row.pk], database_id=key, definition=row.definition) for row in charts
    )
    Dashboard.objects.bulk_create(
        Dashboard(
            pk=new_ulid(),
            database_id=key,
            title=row.title,
            charts=[ids[chart] for chart in row.charts if chart in ids],
        )
        for row in _dashboards(database_id).order_by("pk")
    )
