"""The routes of SQL statements, of SQLite files, of drawn charts, and of a table, whose new name views follow."""

from django.urls import path, re_path

from dialects.airsequel.sql.charts import ChartJsonView, ChartSvgView, LinkedChartJsonView, LinkedChartSvgView
from dialects.airsequel.sql.table_views import SqlTableView
from dialects.airsequel.sql.views import DownloadView, SqlView

_DATABASE = r"^dbs/(?P<db_id>[^/]+)"

urlpatterns = [
    path("api/dbs/<str:db_id>/charts/<str:chart_id>.svg", ChartSvgView.as_view()),
    path("api/dbs/<str:db_id>/charts/<str:chart_id>.json", ChartJsonView.as_view()),
    path("readonly/<str:readonly_id>/charts/<str:chart_id>.svg", LinkedChartSvgView.as_view()),
    path("readonly/<str:readonly_id>/charts/<str:chart_id>.json", LinkedChartJsonView.as_view()),
    re_path(r"^api/dbs/(?P<db_id>[^/]+)/tables/(?P<table>[^/]+)/?$", SqlTableView.as_view()),
    re_path(_DATABASE + r"/sql/?$", SqlView.as_view()),
    re_path(_DATABASE + r"/download/?$", DownloadView.as_view()),
]
