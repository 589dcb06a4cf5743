"""The declared operations of functions."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from dialects.airsequel.shapes import OPEN, operation
from web.operations import RequestModel
from web.operations.types import QueryFlag, Text

_FUNCTIONS = "/api/dbs/{db_id}/functions"
_FUNCTION = f"{_FUNCTIONS}/{{func_id}}"
_CALL = "/fns/{func_id}"
_VARIABLES = {"func_id": "The id of a function.", "version_id": "The id of a version."}
_ULID = "01grkhvbtwgmchjfbxnqg6gxxg"
_CONTENT = 'export default function() { \n console.info("Hello World!") \n}'


class CheckQuery(RequestModel):
    """Whether the types of a function are checked, which takes seconds."""

    check: QueryFlag = Field(default=True, description="Check the types: without it `diagnostics` are null.")


class FunctionDefinition(RequestModel):
    """A function."""

    name: Any = Field(default=None, examples=["Awesome Function"])
    content: Any = Field(default=None, description="A module of TypeScript or JavaScript.", examples=[_CONTENT])
    description: Any = Field(default=None, examples=["This is an awesome function"])
    runtime: Any = Field(default="deno", examples=["deno"])


class FunctionChange(FunctionDefinition):
    """Members of a function; those that are not sent stay. A changed `content` is a new version."""


class Republication(RequestModel):
    """An old version of a function, which becomes the current one."""

    version: Any = Field(default=None, examples=[_ULID])
    runtime: Any = Field(default="deno", examples=["deno"])


class FunctionDiagnostic(TypedDict):
    code: Annotated[str, Field(examples=["TS2322"])]
    column: int
    line: int
    message: Annotated[str, Field(examples=["Type 'number' is not assignable to type 'string'."])]


class AirsequelFunction(TypedDict):
    content: Annotated[str | None, Field(examples=[_CONTENT])]
    description: str | None
    diagnostics: list[FunctionDiagnostic] | None
    id: Annotated[str, Field(examples=[_ULID])]
    name: Annotated[str, Field(examples=["Awesome Function"])]
    runtime: Annotated[str, Field(examples=["deno"])]
    versions: Annotated[list[str], Field(examples=[[_ULID]])]


class AirsequelFunctions(TypedDict):
    functions: list[AirsequelFunction]


class PublishedVersion(TypedDict):
    """The id of the new current version; that of the version before, if nothing has changed."""

    diagnostics: list[FunctionDiagnostic] | None
    id: Annotated[str, Field(examples=[_ULID])]


class InvocationLog(TypedDict):
    message: Annotated[str, Field(examples=["Hello world ^-^"])]
    stream: Annotated[str, Field(examples=["stdout"])]
    utc: str


class FunctionInvocation(TypedDict):
    """A call. `data` is what it returned, as JSON text; `error` is empty unless it failed."""

    createdUtc: str
    data: Annotated[str, Field(examples=["null"])]
    error: str
    logs: list[InvocationLog]
    method: Annotated[str, Field(examples=["POST"])]
    outcome: Annotated[str, Field(examples=["done"])]
    runtimeMs: Annotated[float, Field(examples=[3.2])]
    version: Annotated[str, Field(examples=[_ULID])]


class FunctionInvocations(TypedDict):
    invocations: list[FunctionInvocation]


class TriggerDefinition(RequestModel):
    """A function receives these events of a collection."""

    collection: Text = Field(examples=["films"])
    events: list[Text] = Field(
        default=["insert", "update", "delete"], max_length=3, description="Of `insert`, `update` and `delete`."
    )


class StartsDefinition(RequestModel):
    """When a function is called without a caller. It replaces what was set before."""

    triggers: list[TriggerDefinition] = Field(default=[], max_length=20)
    schedule: Text | None = Field(
        default=None, description="Five fields of cron, in UTC; null for none.", examples=["*/5 * * * *"]
    )


class FunctionTrigger(TypedDict):
    active: bool
    collection: Annotated[str, Field(examples=["films"])]
    events: Annotated[list[str], Field(examples=[["insert"]])]
    message: str


class FunctionStartsAnswer(TypedDict):
    nextUtc: str | None
    schedule: Annotated[str | None, Field(examples=["*/5 * * * *"])]
    triggers: list[FunctionTrigger]


FunctionValue = Annotated[Any, Field(examples=[{}])]


def _declared(verb: str, path: str, name: str, summary: str, text: str, **extra: Any) -> Any:
    return operation(verb, path, name, summary, text, variables=_VARIABLES, **extra)


def _calls() -> tuple[Any, ...]:
    """Return the operations that call a function, one for each verb."""
    text = (
        "Calls a function, and answers with the JSON that it returns, or with its member `data`. The function "
        "receives the JSON object of the body as `data`, without a body the parameters of the query, and acts with "
        "the permissions of the caller. An error of the function is 500, one that takes too long 504, one that was "
        "killed 502."
    )
    return tuple(
        _declared(
            verb,
            _CALL,
            f"call_function_{verb}",
            f"Call a Function by {verb.upper()}",
            text,
            security=OPEN,
            answer=FunctionValue,
        )
        for verb in ("get", "post", "put", "patch", "delete")
    )


OPERATIONS = (
    _declared(
        "get",
        _FUNCTIONS,
        "list_functions",
        "List Functions",
        "The functions of a database.",
        answer=AirsequelFunctions,
    ),
    _declared(
        "post",
        _FUNCTIONS,
        "add_function",
        "Create a Function",
        "Stores a function, which can be called at once.",
        query=CheckQuery,
        body=FunctionDefinition,
        answer=AirsequelFunction,
    ),
    _declared(
        "get",
        _FUNCTION,
        "function",
        "Read a Function",
        "A function with its current version.",
        answer=AirsequelFunction,
    ),
    _declared(
        "patch",
        _FUNCTION,
        "change_function",
        "Change a Function",
        "Changes members of a function. A changed `content` is a new version, which runs at once.",
        query=CheckQuery,
        body=FunctionChange,
        answer=PublishedVersion,
    ),
    _declared(
        "delete",
        _FUNCTION,
        "delete_function",
        "Delete a Function",
        "Deletes a function with its versions and invocations.",
    ),
    _declared(
        "get",
        f"{_FUNCTION}/versions/{{version_id}}",
        "function_version",
        "Read a Version of a Function",
        "A function with one of its versions.",
        answer=AirsequelFunction,
    ),
    _declared(
        "post",
        f"{_FUNCTION}/republish",
        "republish_function",
        "Republish a Version of a Function",
        "Makes the content of an old version a new one, which runs at once.",
        query=CheckQuery,
        body=Republication,
        answer=PublishedVersion,
    ),
    _declared(
        "get",
        f"{_FUNCTION}/invocations",
        "function_invocations",
        "List Invocations of a Function",
        "The latest calls of a function with their logs, the newest first.",
        answer=FunctionInvocations,
    ),
    _declared(
        "get",
        f"{_FUNCTION}/starts",
        "function_starts",
        "Read the Triggers and the Schedule of a Function",
        "When a function is called without a caller.",
        answer=FunctionStartsAnswer,
    ),
    _declared(
        "put",
        f"{_FUNCTION}/starts",
        "set_function_starts",
        "Set the Triggers and the Schedule of a Function",
        "Calls a function at least once for each event of the collections, and at the times of the schedule, with "
        "the permissions that its publisher has then.",
        body=StartsDefinition,
        answer=FunctionStartsAnswer,
    ),
    *_calls(),
)
