"""The routes of this dialect: /0.1/ for keys of one database, /communibase/<database>/0.1/ for keys of several."""

from django.urls import include, path, re_path

from dialects.communibase.views.aggregation import EntityAggregateView
from dialects.communibase.views.documents import EntityListView, EntitySearchView, EntityView
from dialects.communibase.views.files import BinaryDownloadView, BinaryUploadView
from dialects.communibase.views.history import (
    EntityUndeleteView,
    OneVersionView,
    VersionSearchView,
    VersionsView,
)
from dialects.communibase.views.invoices import FinalizeView

_TYPE = r"^(?P<collection>[^/]+).json/"
_ID = r"/(?P<id>[^/]+)"
_ROUTES = [
    re_path(_TYPE + r"crud/?$", EntityListView.as_view()),
    re_path(_TYPE + r"search/?$", EntitySearchView.as_view()),
    re_path(_TYPE + r"crud" + _ID + r"/?$", EntityView.as_view()),
    re_path(_TYPE + r"binary/?$", BinaryUploadView.as_view()),
    re_path(_TYPE + r"binary" + _ID + r"/?$", BinaryDownloadView.as_view()),
    re_path(_TYPE + r"finalize" + _ID + r"/?$", FinalizeView.as_view()),
    re_path(_TYPE + r"aggregate/?$", EntityAggregateView.as_view()),
    re_path(_TYPE + r"history/search/?$", VersionSearchView.as_view()),
    re_path(_TYPE + r"history/undelete" + _ID + r"/?$", EntityUndeleteView.as_view()),
    re_path(_TYPE + r"history" + _ID + r"/?$", VersionsView.as_view()),
    re_path(_TYPE + r"history" + _ID + r"/(?P<version>[^/]+)/?$", OneVersionView.as_view()),
]
urlpatterns = [
    path("0.1/", include(_ROUTES)),
    path("communibase/<str:database>/0.1/", include(_ROUTES)),
]
