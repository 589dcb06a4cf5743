"""The routes of this dialect."""

from django.urls import include, path

import dialects.airsequel.billing.urls
import dialects.airsequel.functions.urls
import dialects.airsequel.graphql.urls
import dialects.airsequel.people.urls
import dialects.airsequel.platform.urls
import dialects.airsequel.prompts.urls
import dialects.airsequel.sql.urls

urlpatterns = [
    path("", include(dialects.airsequel.platform.urls.urlpatterns)),
    path("", include(dialects.airsequel.graphql.urls.urlpatterns)),
    path("", include(dialects.airsequel.people.urls.urlpatterns)),
    path("", include(dialects.airsequel.sql.urls.urlpatterns)),
    path("", include(dialects.airsequel.functions.urls.urlpatterns)),
    path("", include(dialects.airsequel.prompts.urls.urlpatterns)),
    path("", include(dialects.airsequel.billing.urls.urlpatterns)),
]
