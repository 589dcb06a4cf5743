"""The routes of prompts."""

from django.urls import re_path

from dialects.airsequel.prompts.views import (
    DescribeDatabaseView,
    DescribeFunctionView,
    DescribeTableView,
    PromptDatabaseView,
    PromptView,
)

_PROMPT = r"^api/dbs/(?P<db_id>[^/]+)/prompt"

urlpatterns = [
    re_path(_PROMPT + r"/?$", PromptView.as_view()),
    re_path(_PROMPT + r"/describe-database/?$", DescribeDatabaseView.as_view()),
    re_path(_PROMPT + r"/describe-table/?$", DescribeTableView.as_view()),
    re_path(_PROMPT + r"/describe-function/?$", DescribeFunctionView.as_view()),
    re_path(r"^api/prompt/create-database/?$", PromptDatabaseView.as_view()),
]
