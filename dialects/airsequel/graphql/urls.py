"""The routes of GraphQL."""

from django.urls import re_path

from dialects.airsequel.graphql.views import (
    DefaultQueryView,
    ExtendedGraphQLView,
    GraphQLView,
    PlaygroundView,
    ReadonlyGraphQLView,
)

_DATABASE = r"^dbs/(?P<db_id>[^/]+)"

urlpatterns = [
    re_path(_DATABASE + r"/graphql/?$", GraphQLView.as_view()),
    re_path(_DATABASE + r"/graphql/v2/?$", ExtendedGraphQLView.as_view()),
    re_path(_DATABASE + r"/graphiql/?$", PlaygroundView.as_view()),
    re_path(_DATABASE + r"/playground/default-query/?$", DefaultQueryView.as_view()),
    re_path(r"^readonly/(?P<readonly_id>[^/]+)/graphql/?$", ReadonlyGraphQLView.as_view()),
]
