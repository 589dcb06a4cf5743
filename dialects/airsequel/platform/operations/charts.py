"""The operations of charts, dashboards and apps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, WithJsonSchema
from typing_extensions import TypedDict

import engine
from dialects.airsequel.platform.operations.tables import Flag, Name
from dialects.airsequel.shapes import OPEN, operation
from features.charts.definition import source_errors
from web.operations import ErrorText, RequestModel

_DATABASE = "/api/dbs/{db_id}"
_CHART = {"chart_id": "The id of a chart."}
_DASHBOARD = {"dashboard_id": "The id of a dashboard."}
_APP = {"app_id": "The id of an app."}
_ULID = "01gdbtepbmpt3jk8y94yc05snr"
_MAX_ITEMS = 100
Title = Annotated[
    str,
    StringConstraints(strict=True, max_length=200, pattern=r"^[^\x00]*$"),
    ErrorText("Must be a string of at most 200 characters without NUL."),
]
ChartType = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[A-Za-z]{1,50}$"),
    ErrorText("Must be the name of a kind of chart, such as BarChart."),
]
Rotation = Annotated[int, Field(strict=True, ge=-360, le=360), ErrorText("Must be a whole number of degrees.")]
Names = Annotated[
    list[Annotated[str, StringConstraints(strict=True, max_length=100, pattern=r"^[^\x00]*$")]],
    Field(max_length=_MAX_ITEMS),
    ErrorText(f"Must be an array of at most {_MAX_ITEMS} names."),
]


MAX_SQL_LENGTH = 100_000
Aggregate = Annotated[
    Literal["avg", "count", "max", "min", "sum"],
    ErrorText("Must be avg, count, max, min or sum."),
]
Statement = Annotated[
    str,
    StringConstraints(strict=True, max_length=MAX_SQL_LENGTH, pattern=r"^[^\x00]*$"),
    ErrorText(f"Must be an SQL statement of at most {MAX_SQL_LENGTH} characters."),
]
Stages = Annotated[
    list[dict[str, Any]], Field(max_length=_MAX_ITEMS), ErrorText("Must be an array of stages, which are objects.")
]
Filter = Annotated[dict[str, Any], ErrorText("Must be a filter, which is an object.")]


class ChartDefinition(RequestModel):
    """A chart. `headers` are columns: that of the x axis, then those of the y axis.

    Its rows are those of a table, or those of a SELECT. `filter`, `aggregate`, `pipeline` and `sql` are this
    service's own.
    """

    chart_type: ChartType = Field(alias="chartType", examples=["BarChart"])
    columns: Names = Field(default=[], alias="headers", examples=[["month", "sales"]])
    hide_null_values: Flag = Field(default=False, alias="hideNullValues")
    label_rotation: Rotation = Field(default=0, alias="labelRotation", examples=[30])
    table: Name | None = Field(default=None, examples=["users"])
    title: Title = Field(examples=["Example Chart"])
    filter: Filter | None = Field(default=None, description="Which rows of the table are drawn.")
    aggregate: Aggregate | None = Field(
        default=None, description="What is drawn of the values for each value of the x axis."
    )
    pipeline: Stages | None = Field(
        default=None, description="An aggregation of the table, as POST /api/aggregate."
    )
    sql: Statement | None = Field(default=None, description="A SELECT, in place of a table.")

    @classmethod
    def other_errors(cls, values: Mapping[str, Any]) -> Iterable[engine.FieldError]:
        return source_errors(values)


class ChartChange(ChartDefinition):
    """Members of a chart; those that are not sent stay."""

    chart_type: ChartType = Field(default="", alias="chartType", examples=["BarChart"])
    title: Title = Field(default="", examples=["Example Chart"])

    @classmethod
    def other_errors(cls, values: Mapping[str, Any]) -> Iterable[engine.FieldError]:
        return ()  # the service checks the whole chart


class DashboardDefinition(RequestModel):
    """A dashboard with the ids of charts, in their order."""

    charts: Names = Field(default=[])
    title: Title = Field(examples=["Example Dashboard"])


class DashboardChange(RequestModel):
    """Members of a dashboard; those that are not sent stay."""

    charts: Names | None = Field(default=None)
    title: Title | None = Field(default=None, examples=["Example Dashboard"])


class AppDefinition(RequestModel):
    """An app: one page of HTML."""

    name: Any = Field(default=None, examples=["Example App"])
    html: Any = Field(default=None, examples=["<h1>Hello</h1>"])


class ChartTheme(RequestModel):
    """The colors of a drawing."""

    theme: Annotated[Literal["light", "dark"], ErrorText("Must be light or dark.")] = Field(default="light")


class VegaLite(TypedDict):
    """A specification of Vega-Lite, whose data has the rows."""

    title: str
    data: dict[str, Any]
    mark: dict[str, Any]
    encoding: dict[str, Any]
    usermeta: dict[str, Any]


class AirsequelChart(TypedDict):
    chartType: Annotated[str, Field(examples=["BarChart"])]
    headers: list[str]
    hideNullValues: bool
    labelRotation: int
    table: Annotated[str | None, Field(examples=["users"])]
    title: Annotated[str, Field(examples=["Example Chart"])]
    ulid: Annotated[str, Field(examples=[_ULID])]


class AirsequelCharts(TypedDict):
    charts: list[AirsequelChart]


class AirsequelDashboard(TypedDict):
    charts: Annotated[list[str], Field(examples=[[_ULID]])]
    title: Annotated[str, Field(examples=["Example Dashboard"])]
    ulid: Annotated[str, Field(examples=[_ULID])]


class AirsequelDashboards(TypedDict):
    dashboards: list[AirsequelDashboard]


class AirsequelApp(TypedDict):
    createdUtc: str
    id: Annotated[str, Field(examples=[_ULID])]
    modifiedUtc: str
    name: Annotated[str, Field(examples=["Example App"])]
    url: Annotated[str, Field(examples=[f"/dbs/example-database-wqaldslkjfvlbdxqwehfhj/apps/{_ULID}"])]


class AirsequelApps(TypedDict):
    apps: list[AirsequelApp]


Svg = Annotated[str, WithJsonSchema({"type": "string"})]
Html = Annotated[str, WithJsonSchema({"type": "string"})]


def _of_records(kind: str, *, variables: dict[str, str], models: tuple[Any, Any, Any, Any]) -> tuple[Any, ...]:
    """Return the operations of charts or dashboards. `models`: definition, change, record, list."""
    base, (definition, change, record, records) = f"{_DATABASE}/{kind}s", models
    one, title = f"{base}/{{{kind}_id}}", kind.title()
    text = f"The {kind}s of a database."
    return (
        operation("get", base, f"list_{kind}s", f"List {title}s", text, security=OPEN, answer=records),
        operation(
            "post",
            base,
            f"add_{kind}",
            f"Create a {title}",
            f"Stores a {kind}, and answers with its id.",
            body=definition,
            answer=record,
        ),
        operation(
            "patch",
            one,
            f"change_{kind}",
            f"Change a {title}",
            f"Changes members of a {kind}.",
            variables=variables,
            body=change,
        ),
        operation(
            "delete",
            one,
            f"delete_{kind}",
            f"Delete a {title}",
            f"Deletes a {kind}.",
            variables=variables,
        ),
    )


def _of_drawings(base: str, name: str) -> tuple[Any, ...]:
    """Return the operations that draw a chart below an address."""
    text = "with the rows that the caller may read, at most CHART_MAX_POINTS values."
    return (
        operation(
            "get",
            f"{base}/charts/{{chart_id}}.svg",
            f"{name}_svg",
            "Draw a Chart",
            f"The chart as an SVG image, {text}",
            variables=_CHART,
            query=ChartTheme,
            security=OPEN,
            answer_media="image/svg+xml",
            answer=Svg,
        ),
        operation(
            "get",
            f"{base}/charts/{{chart_id}}.json",
            f"{name}_json",
            "Specify a Chart",
            f"The chart as a Vega-Lite specification, {text}",
            variables=_CHART,
            security=OPEN,
            answer=VegaLite,
        ),
    )


OPERATIONS = (
    *_of_drawings(_DATABASE, "chart"),
    *_of_drawings("/readonly/{readonly_id}", "linked_chart"),
    *_of_records("chart", variables=_CHART, models=(ChartDefinition, ChartChange, AirsequelChart, AirsequelCharts)),
    *_of_records(
        "dashboard",
        variables=_DASHBOARD,
        models=(DashboardDefinition, DashboardChange, AirsequelDashboard, AirsequelDashboards),
    ),
    operation(
        "get",
        f"{_DATABASE}/apps",
        "list_apps",
        "List Apps",
        "The apps of a database.",
        security=OPEN,
        answer=AirsequelApps,
    ),
    operation(
        "post",
        f"{_DATABASE}/apps",
        "add_app",
        "Create an App",
        "Stores a page of HTML, of this service's own.",
        body=AppDefinition,
        answer=AirsequelApp,
    ),
    operation(
        "put",
        f"{_DATABASE}/apps/{{app_id}}",
        "replace_app",
        "Replace an App",
        "Replaces the name and the page of an app.",
        variables=_APP,
        body=AppDefinition,
        answer=AirsequelApp,
    ),
    operation(
        "delete",
        f"{_DATABASE}/apps/{{app_id}}",
        "delete_app",
        "Delete an App",
        "Deletes an app.",
        variables=_APP,
    ),
    operation(
        "get",
        "/dbs/{db_id}/apps/{app_id}",
        "serve_app",
        "Serve an App",
        "The page of an app, in a sandbox without an origin of its own.",
        variables=_APP,
        security=OPEN,
        answer_media="text/html",
        answer=Html,
    ),
)
