"""The routes of the data API, below /api/."""

from django.urls import re_path

from dataapi.views import history, queries
from dataapi.views.crud import Crud
from dataapi.views.events import Events
from dataapi.views.indexes import Indexes
from dataapi.views.writes import Bulk

urlpatterns = [
    re_path(r"^crud/?$", Crud.as_view()),
    re_path(r"^crud/bulk/?$", Bulk.as_view()),
    re_path(r"^distinct/?$", queries.Distinct.as_view()),
    re_path(r"^aggregate/?$", queries.Aggregate.as_view()),
    re_path(r"^indexes/?$", Indexes.as_view()),
    re_path(r"^history/?$", history.History.as_view()),
    re_path(r"^history/version/?$", history.Version.as_view()),
    re_path(r"^history/diff/?$", history.Diff.as_view()),
    re_path(r"^history/search/?$", history.Search.as_view()),
    re_path(r"^events/?$", Events.as_view()),
    re_path(r"^restore/?$", history.Restore.as_view()),
    re_path(r"^undelete/?$", history.Undelete.as_view()),
]
