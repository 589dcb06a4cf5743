"""The routes of functions."""

from django.urls import re_path

from dialects.airsequel.functions.views import (
    CallView,
    FunctionsView,
    FunctionVersionView,
    FunctionView,
    InvocationsView,
    RepublishView,
    StartsView,
)

_FUNCTIONS = r"^api/dbs/(?P<db_id>[^/]+)/functions"
_FUNCTION = _FUNCTIONS + r"/(?P<func_id>[^/]+)"

urlpatterns = [
    re_path(_FUNCTIONS + r"/?$", FunctionsView.as_view()),
    re_path(_FUNCTION + r"/?$", FunctionView.as_view()),
    re_path(_FUNCTION + r"/versions/(?P<version_id>[^/]+)/?$", FunctionVersionView.as_view()),
    re_path(_FUNCTION + r"/republish/?$", RepublishView.as_view()),
    re_path(_FUNCTION + r"/starts/?$", StartsView.as_view()),
    re_path(_FUNCTION + r"/invocations/?$", InvocationsView.as_view()),
    re_path(r"^fns/(?P<func_id>[^/]+)/?$", CallView.as_view()),
]
