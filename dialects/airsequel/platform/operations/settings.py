"""The operations of settings and environment variables, of a database and of the installation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from dialects.airsequel.platform.operations.tables import Flag
from dialects.airsequel.shapes import operation
from dialects.airsequel.three_state import ThreeStateText
from web.operations import ErrorText, RequestModel

_SETTINGS, _ENV = "/api/dbs/{db_id}/settings", "/api/dbs/{db_id}/env"
_VARIABLE = {"name": "The name of a variable."}
_MAX_VARIABLES = 1_000
_TIME = "2022-01-01T00:00:00.000Z"
Visibility = Annotated[Literal["private", "public"], ErrorText("Must be private or public.")]
Variables = Annotated[
    list[dict[str, Any]],
    Field(max_length=_MAX_VARIABLES),
    ErrorText("Must be an array of objects with a name and a value."),
]
Hosts = Annotated[list[Any], Field(max_length=_MAX_VARIABLES), ErrorText("Must be an array of hosts.")]


class SettingsChange(RequestModel):
    """Settings of a database; those that are not sent stay."""

    auditing: Flag | None = Field(
        default=None, examples=[True], description="Whether every table has a history; true switches it on."
    )
    variables: Variables = Field(
        default=[],
        alias="envVars",
        examples=[[{"name": "HELLO", "value": "world"}]],
        description="Variables to be set; others stay.",
    )
    environment: ThreeStateText = Field(default=None, examples=["production"], description="A label.")
    schema_locked: Flag | None = Field(default=None, alias="schemaLocked", description="Refuses changes of tables.")
    views_tab: Flag | None = Field(default=None, alias="viewsTab", description="Stored for clients.")
    visibility: Visibility | None = Field(
        default=None, examples=["public"], description="`public`: readable by id."
    )


class ServerSettingsChange(RequestModel):
    """Settings of the installation; those that are not sent stay."""

    allowed_hosts: Hosts | None = Field(
        default=None,
        alias="allowedHosts",
        examples=[["localhost", "example.org:1234"]],
        description="Hosts that functions may call.",
    )
    variables: Variables = Field(default=[], alias="envVars", examples=[[{"name": "HELLO", "value": "world"}]])


class VariableChange(RequestModel):
    """A variable; in a change members that are not sent stay."""

    name: Any = Field(default=None, examples=["ENVIRONMENT"], description="Letters, digits and `_`.")
    value: Any = Field(default=None, examples=["development"], description="Stored encrypted.")


class VariableName(TypedDict):
    name: Annotated[str, Field(examples=["HELLO"])]
    created_utc: Annotated[str, Field(examples=[_TIME])]


class AirsequelVariable(TypedDict):
    created_utc: Annotated[str, Field(examples=[_TIME])]
    name: Annotated[str, Field(examples=["ENVIRONMENT"])]
    value: Annotated[str | None, Field(examples=["production"])]


class AirsequelVariables(TypedDict):
    envVars: list[AirsequelVariable]


class DatabaseSettings(TypedDict):
    """The settings of a database, without the values of variables."""

    auditing: bool
    envVars: list[VariableName]
    environment: str | None
    schemaLocked: bool
    viewsTab: bool
    visibility: Literal["private", "public"]


class ServerSettings(TypedDict):
    """The settings of the installation, without the values of variables."""

    allowedHosts: Annotated[list[str], Field(examples=[["example.org:1234"]])]
    envVars: list[VariableName]


def _of_variables(path: str, name: str, of: str) -> tuple[Any, ...]:
    """Return the operations of the variables below a path; `of` is what they belong to."""
    return (
        operation(
            "get",
            path,
            f"list_{name}",
            "List Variables",
            f"The environment variables of {of}, with their values.",
            answer=AirsequelVariables,
        ),
        operation(
            "post",
            path,
            f"add_{name}",
            "Add a Variable",
            f"Adds an environment variable of {of}. 409 for a name in use.",
            body=VariableChange,
            answer=AirsequelVariable,
        ),
        operation(
            "patch",
            f"{path}/{{name}}",
            f"change_{name}",
            "Change a Variable",
            "Renames a variable or changes its value.",
            variables=_VARIABLE,
            body=VariableChange,
        ),
        operation(
            "delete",
            f"{path}/{{name}}",
            f"delete_{name}",
            "Delete a Variable",
            "Deletes a variable.",
            variables=_VARIABLE,
        ),
    )


OPERATIONS = (
    operation(
        "get",
        _SETTINGS,
        "read_settings",
        "Read Settings",
        "The settings of a database. Values of variables are below `/env`.",
        answer=DatabaseSettings,
    ),
    operation(
        "patch",
        _SETTINGS,
        "change_settings",
        "Change Settings",
        "Changes settings of a database.",
        body=SettingsChange,
    ),
    *_of_variables(_ENV, "variables", "a database"),
    operation(
        "get",
        "/api/settings",
        "read_server_settings",
        "Read Server Settings",
        "The settings of the installation, for its administrators.",
        answer=ServerSettings,
    ),
    operation(
        "patch",
        "/api/settings",
        "change_server_settings",
        "Change Server Settings",
        "Changes settings of the installation, for its administrators.",
        body=ServerSettingsChange,
    ),
    *_of_variables("/api/settings/env", "server_variables", "the installation"),
)
