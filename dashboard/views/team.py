"""Teams: which one's databases are shown."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import engine
from dashboard import sessions
from dashboard.views.base import Page


class Choose(Page):
    def post(self, request: HttpRequest) -> HttpResponse:
        wanted = request.POST.get("team", "")
        mine = {str(team): team for team in self.principal.teams}
        if wanted not in mine:
            raise engine.NotFound("There is no such team.")
        sessions.choose_team(request, mine[wanted])
        return self.go("home")
