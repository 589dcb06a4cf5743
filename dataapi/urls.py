"""The routes of the data API, below /api/."""

from django.urls import re_path

from dataapi.views import history, queries
from dataapi.views.crud import CrudView
from dataapi.views.events import EventsView
from dataapi.views.indexes import IndexesView
from dataapi.views.sql import StatementView
from dataapi.views.writes import BulkView

urlpatterns = [
    re_path(r"^crud/?$", CrudView.as_view()),
    re_path(r"^crud/bulk/?$", BulkView.as_view()),
    re_path(r"^distinct/?$", queries.DistinctView.as_view()),
    re_path(r"^aggregate/?$", queries.AggregateView.as_view()),
    re_path(r"^sql/?$", StatementView.as_view()),
    re_path(r"^indexes/?$", IndexesView.as_view()),
    re_path(r"^history/?$", history.HistoryView.as_view()),
    re_path(r"^history/version/?$", history.VersionView.as_view()),
    re_path(r"^history/diff/?$", history.DiffView.as_view()),
    re_path(r"^history/search/?$", history.SearchView.as_view()),
    re_path(r"^events/?$", EventsView.as_view()),
    re_path(r"^restore/?$", history.RestoreView.as_view()),
    re_path(r"^undelete/?$", history.UndeleteView.as_view()),
]
