"""The route of the data API, below /api/."""

from django.urls import re_path

from dataapi.views import Crud

urlpatterns = [re_path(r"^crud/?$", Crud.as_view())]
