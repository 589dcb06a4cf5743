"""The route of the toy dialect, below /toy/."""

from django.urls import re_path

from .views import SampleView

urlpatterns = [re_path(r"^(?P<database>[^/]+)/(?P<collection>[^/]+)/?$", SampleView.as_view())]
