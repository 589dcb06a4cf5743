"""The routes of databases, tables, settings and files."""

from django.urls import re_path

from dialects.airsequel.platform.views.apps import AppPageView, AppsView, AppView
from dialects.airsequel.platform.views.charts import ChartsView, ChartView, DashboardsView, DashboardView
from dialects.airsequel.platform.views.columns import ColumnView
from dialects.airsequel.platform.views.databases import (
    AirsequelDatabasesView,
    AirsequelDatabaseView,
    VacuumView,
)
from dialects.airsequel.platform.views.files import CellFileView, LinkedCellFileView
from dialects.airsequel.platform.views.links import (
    DuplicateView,
    LinkedDuplicateView,
    RegenerateIdView,
    RegenerateReadonlyIdView,
)
from dialects.airsequel.platform.views.schema import AzimuttView, SchemaTextView
from dialects.airsequel.platform.views.settings import (
    DatabaseSettingsView,
    ServerSettingsView,
    VariablesView,
    VariableView,
)
from dialects.airsequel.platform.views.status import StatusView
from dialects.airsequel.platform.views.tables import TableExportView, TableSearchView
from dialects.airsequel.platform.views.transfers import (
    DatabaseReplaceView,
    DatabaseUploadView,
    TransferJobView,
)

_DATABASE = r"^api/dbs/(?P<db_id>[^/]+)"
_TABLE = _DATABASE + r"/tables/(?P<table>[^/]+)"
_LINK = r"^dbs/(?P<db_id>[^/]+)"
_CELL = r"/tables/(?P<table>[^/]+)/columns/(?P<column>[^/]+)/files/(?P<primary_key>[^/]+)/(?P<value>[^/]+)/?$"

urlpatterns = [
    re_path(r"^api/status/?$", StatusView.as_view()),
    re_path(r"^api/dbs/?$", AirsequelDatabasesView.as_view()),
    re_path(_DATABASE + r"/?$", AirsequelDatabaseView.as_view()),
    re_path(r"^api/dbs/jobs/(?P<job_id>[^/]+)/?$", TransferJobView.as_view()),
    re_path(_DATABASE + r"/vacuum/?$", VacuumView.as_view()),
    re_path(_TABLE + r"/export/?$", TableExportView.as_view()),
    re_path(_TABLE + r"/search/(?P<term>[^/]+)/?$", TableSearchView.as_view()),
    re_path(_TABLE + r"/columns/(?P<column>[^/]+)/?$", ColumnView.as_view()),
    re_path(_DATABASE + _CELL, CellFileView.as_view()),
    re_path(r"^readonly/(?P<readonly_id>[^/]+)" + _CELL, LinkedCellFileView.as_view()),
    re_path(_DATABASE + r"/schema/?$", SchemaTextView.as_view()),
    re_path(_DATABASE + r"/azimutt-schema/?$", AzimuttView.as_view()),
    re_path(_DATABASE + r"/settings/?$", DatabaseSettingsView.as_view()),
    re_path(_DATABASE + r"/env/?$", VariablesView.as_view()),
    re_path(_DATABASE + r"/env/(?P<name>[^/]+)/?$", VariableView.as_view()),
    re_path(r"^api/settings/?$", ServerSettingsView.as_view()),
    re_path(r"^api/settings/env/?$", VariablesView.as_view()),
    re_path(r"^api/settings/env/(?P<name>[^/]+)/?$", VariableView.as_view()),
    re_path(_DATABASE + r"/charts/?$", ChartsView.as_view()),
    re_path(_DATABASE + r"/charts/(?P<chart_id>[^/.]+)/?$", ChartView.as_view()),
    re_path(_DATABASE + r"/dashboards/?$", DashboardsView.as_view()),
    re_path(_DATABASE + r"/dashboards/(?P<dashboard_id>[^/]+)/?$", DashboardView.as_view()),
    re_path(_DATABASE + r"/apps/?$", AppsView.as_view()),
    re_path(_DATABASE + r"/apps/(?P<app_id>[^/]+)/?$", AppView.as_view()),
    re_path(r"^dbs/?$", DatabaseUploadView.as_view()),
    re_path(_LINK + r"/?$", DatabaseReplaceView.as_view()),
    re_path(_LINK + r"/duplicate/?$", DuplicateView.as_view()),
    re_path(_LINK + r"/regenerate-db-id/?$", RegenerateIdView.as_view()),
    re_path(_LINK + r"/regenerate-readonly-id/?$", RegenerateReadonlyIdView.as_view()),
    re_path(r"^readonly/(?P<readonly_id>[^/]+)/duplicate/?$", LinkedDuplicateView.as_view()),
    re_path(_LINK + r"/apps/(?P<app_id>[^/]+)/?$", AppPageView.as_view()),
]
