"""The databases of the chosen team."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dashboard.views.base import Page


class Home(Page):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show("home.html")
