"""Charts and dashboards of a database: list, draw, create, edit and delete them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

import engine
import features.charts.services as charts
from dashboard.charts.forms import ChartForm, DashboardForm
from dashboard.charts.selecting import selecting
from dashboard.layout.base import BAD_REQUEST, DatabasePage
from features.charts.rendering import svg_of
from features.charts.svg import draw_message
from features.charts.themes import Theme


class ChartsPage(DatabasePage):
    """A page about charts. All of them need `read`; changes need `design`."""

    tab = "charts"

    def open(self, database_id: str, *, collection: str | None = None) -> engine.Database:
        database = super().open(database_id, collection=collection)
        database.require(engine.Action.READ)
        return database

    def open_to_change(self, database_id: str) -> engine.Database:
        database = self.open(database_id)
        database.require(engine.Action.DESIGN)
        return database

    def render_page(self, *, status: int = 200, **forms: Any) -> HttpResponse:
        """Render the list. `forms` are those with errors, by their names in the page."""
        stored = charts.list_charts(self.principal, self.database.id)
        context = {
            "charts": stored,
            "boards": charts.list_dashboards(self.principal, self.database.id),
            "may_design": engine.Action.DESIGN in self.database.allowed,
            "form": ChartForm(collections=[*self.database.specs]),
            "board_form": DashboardForm(charts=stored),
            **forms,
        }
        return self.show("charts.html", context, status=status)


class ChartListView(ChartsPage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self.render_page()

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        database = self.open_to_change(database_id)
        form = ChartForm(request.POST, collections=[*database.specs])
        if form.is_valid():
            try:
                created = charts.add_chart(self.principal, database_id, _present(form.definition))
            except (engine.Invalid, engine.TooLarge) as error:
                form.add_errors(error)
            else:
                return self.redirect("chart", database_id, created.id, message="Chart created.")
        return self.render_page(form=form, is_invalid=True, status=BAD_REQUEST)


class ChartPageView(ChartsPage):
    """One chart: its drawing, and the form to edit it."""

    def get(self, request: HttpRequest, database_id: str, chart_id: str) -> HttpResponse:
        database = self.open(database_id)
        chart = charts.read_chart(self.principal, database_id, chart_id)
        return self.render_chart(chart, ChartForm.of(chart, collections=[*database.specs]))

    def post(self, request: HttpRequest, database_id: str, chart_id: str) -> HttpResponse:
        database = self.open_to_change(database_id)
        chart = charts.read_chart(self.principal, database_id, chart_id)
        form = ChartForm(request.POST, collections=[*database.specs])
        if form.is_valid():
            try:
                charts.change_chart(self.principal, database_id, chart_id, form.definition)
            except (engine.Invalid, engine.TooLarge) as error:
                form.add_errors(error)
            else:
                return self.redirect("chart", database_id, chart_id, message="Chart saved.")
        return self.render_chart(chart, form, status=BAD_REQUEST)

    def render_chart(self, chart: charts.StoredChart, form: ChartForm, *, status: int = 200) -> HttpResponse:
        context = {
            "crumb": chart.definition.get("title") or "Chart",
            "chart": chart,
            "form": form,
            "may_design": engine.Action.DESIGN in self.database.allowed,
        }
        return self.show("chart.html", context, status=status)


class ChartImageView(ChartsPage):
    """The drawing of a chart, for an image in a page; what is wrong with the chart is drawn as text."""

    def get(self, request: HttpRequest, database_id: str, chart_id: str) -> HttpResponse:
        select = selecting(self.principal, self.open(database_id))
        theme = Theme.DARK if request.GET.get("theme") == Theme.DARK else Theme.LIGHT
        try:
            content = svg_of(self.principal, database_id, chart_id, theme=theme, run_select=select)
        except (engine.Invalid, engine.TooLarge, engine.LimitExceeded, engine.Unavailable) as error:
            texts = [issue.message for issue in error.errors] or [error.message]
            content = draw_message(" ".join(map(str, texts)), theme=theme)
        return HttpResponse(content, content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


class DeleteChartPageView(ChartsPage):
    def post(self, request: HttpRequest, database_id: str, chart_id: str) -> HttpResponse:
        self.open_to_change(database_id)
        charts.delete_chart(self.principal, database_id, chart_id)
        return self.redirect("charts", database_id, message="Chart deleted.")


class NewDashboardView(ChartsPage):
    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open_to_change(database_id)
        form = DashboardForm(request.POST, charts=charts.list_charts(self.principal, database_id))
        if form.is_valid():
            try:
                created = charts.add_dashboard(self.principal, database_id, **form.cleaned_data)
            except (engine.Invalid, engine.TooLarge) as error:
                form.add_errors(error)
            else:
                return self.redirect("board", database_id, created.id, message="Dashboard created.")
        return self.render_page(board_form=form, is_board_invalid=True, status=BAD_REQUEST)


class DashboardPageView(ChartsPage):
    """One dashboard: its charts in their order, and the form to edit it."""

    def get(self, request: HttpRequest, database_id: str, dashboard_id: str) -> HttpResponse:
        self.open(database_id)
        return self.render_board(dashboard_id)

    def post(self, request: HttpRequest, database_id: str, dashboard_id: str) -> HttpResponse:
        self.open_to_change(database_id)
        form = DashboardForm(request.POST, charts=charts.list_charts(self.principal, database_id))
        charts.read_dashboard(self.principal, database_id, dashboard_id)
        if form.is_valid():
            try:
                charts.change_dashboard(self.principal, database_id, dashboard_id, **form.cleaned_data)
            except engine.Invalid as error:
                form.add_errors(error)
            else:
                return self.redirect("board", database_id, dashboard_id, message="Dashboard saved.")
        return self.render_board(dashboard_id, form=form, status=BAD_REQUEST)

    def render_board(
        self, dashboard_id: str, *, form: DashboardForm | None = None, status: int = 200
    ) -> HttpResponse:
        board = charts.read_dashboard(self.principal, self.database.id, dashboard_id)
        stored = charts.list_charts(self.principal, self.database.id)
        by_id = {chart.id: chart for chart in stored}
        context = {
            "crumb": board.title or "Dashboard",
            "board": board,
            "charts": [by_id[chart] for chart in board.charts if chart in by_id],
            "form": form or DashboardForm(initial={"title": board.title, "charts": board.charts}, charts=stored),
            "is_invalid": form is not None,
            "may_design": engine.Action.DESIGN in self.database.allowed,
        }
        return self.show("board.html", context, status=status)


class DeleteDashboardView(ChartsPage):
    def post(self, request: HttpRequest, database_id: str, dashboard_id: str) -> HttpResponse:
        self.open_to_change(database_id)
        charts.delete_dashboard(self.principal, database_id, dashboard_id)
        return self.redirect("charts", database_id, message="Dashboard deleted. Its charts stay.")


def _present(definition: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in definition.items() if value is not None}
