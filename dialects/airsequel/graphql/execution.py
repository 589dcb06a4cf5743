"""Runs a request: parse, validate, execute, and the answer with its errors."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    execute_sync,
    get_operation_ast,
    validate,
)

import engine
from dialects.airsequel.graphql.bounds import parse_document
from dialects.airsequel.graphql.brevity import is_brief
from dialects.airsequel.graphql.executor import RowExecutor
from dialects.airsequel.graphql.plans.checked import CheckedOperation
from dialects.airsequel.graphql.plans.compiling import compile_query
from dialects.airsequel.graphql.plans.plan import FailedList
from dialects.airsequel.graphql.resolvers.request import GraphRequest
from dialects.airsequel.graphql.schema.cache import CompiledSchema
from dialects.airsequel.graphql.validation import RULES
from engine.encoding import dumps
from engine.suspension import in_thread

log = logging.getLogger("datacube.errors")
_MAX_MESSAGE = 400
_MAX_ERRORS = 20
_STREAMED = "Subscriptions are streamed: use a WebSocket (graphql-transport-ws), or Accept: text/event-stream."
_NO_SUBSCRIPTION = "Only subscriptions are streamed; send other operations by POST."
_INTERNAL = "Something went wrong on our side."


@dataclass(frozen=True)
class GraphOperation:
    """A requested operation. `hash` is that of a persisted query, whose text may be missing."""

    query: str
    name: str | None = None
    variables: Mapping[str, Any] | None = None
    hash: str = ""


def run(schema: CompiledSchema, request: GraphRequest, operation: GraphOperation) -> bytes:
    """Return the JSON answer `{data, errors?}`. Raises `Invalid` for a query beyond a cap, and `Unavailable`.

    What may take long does not occupy an event loop: a new query is checked, and a long one executed, in a thread.
    """
    key = (operation.query, operation.name)
    try:
        checked = schema.operations.get(key) or in_thread(partial(_checked, schema, operation))
    except GraphQLSyntaxError as error:
        return dumps({"errors": [_error(error)]})
    if isinstance(checked, Sequence):
        return dumps({"errors": [_error(error) for error in checked]})
    if checked.is_subscription:
        raise engine.Invalid(_STREAMED)
    execute = partial(_answer, schema, request, operation, checked)
    if not checked.only_introspects or operation.variables:
        return execute() if _is_brief(schema, operation, checked) else in_thread(execute)
    answer = schema.introspections.get(key)
    return answer or schema.introspections.put(key, in_thread(execute))


def _checked(schema: CompiledSchema, operation: GraphOperation) -> CheckedOperation | Sequence[GraphQLError]:
    """Return an operation, or the errors of its document's validation, and cache them with the schema."""
    document = parse_document(operation.query)
    errors = validate(schema.schema, document, RULES, max_errors=_MAX_ERRORS)
    key = (operation.query, operation.name)
    if errors:
        return schema.operations.put(key, errors)
    plan = None if schema.is_extended else compile_query(schema.schema, document, operation.name)
    brief = not schema.is_extended and is_brief(schema.schema, document, name=operation.name, variables={})
    definition = get_operation_ast(document, operation.name)
    is_subscription = definition is not None and definition.operation is OperationType.SUBSCRIPTION
    checked = CheckedOperation(document, plan, brief, _only_introspects(document), is_subscription)
    return schema.operations.put(key, checked)


def check_subscription(schema: CompiledSchema, operation: GraphOperation) -> CheckedOperation:
    """Return a valid subscription. Raises `Invalid` with every error, and for an operation of another kind."""
    try:
        checked = schema.operations.get((operation.query, operation.name)) or _checked(schema, operation)
    except GraphQLSyntaxError as error:
        checked = [error]
    if isinstance(checked, Sequence):
        errors = [engine.FieldError("", _message(error)) for error in checked]
        raise engine.Invalid(errors[0].message, errors=errors)
    if not checked.is_subscription:
        raise engine.Invalid(_NO_SUBSCRIPTION)
    return checked


def run_subscription(
    schema: CompiledSchema, request: GraphRequest, operation: GraphOperation, checked: CheckedOperation
) -> bytes:
    """Return the JSON answer of a subscription as of now. Raises `Unavailable`."""
    return _execute(schema, request, operation, checked.document)


def _is_brief(schema: CompiledSchema, operation: GraphOperation, checked: CheckedOperation) -> bool:
    if checked.is_brief or schema.is_extended or not operation.variables:
        return checked.is_brief
    return is_brief(schema.schema, checked.document, name=operation.name, variables=operation.variables)


def _answer(
    schema: CompiledSchema, request: GraphRequest, operation: GraphOperation, checked: CheckedOperation
) -> bytes:
    """Execute an operation by its plan, or by graphql-core: without one, and where something in it fails."""
    if checked.plan is None:
        return _execute(schema, request, operation, checked.document)
    try:
        return dumps({"data": checked.plan.data(request, operation.variables or {})})
    except engine.Unavailable:
        raise
    except FailedList as error:
        return dumps({"data": None, "errors": [_error(error)]})
    except Exception:  # noqa: BLE001 - graphql-core finds the same error again, and its place
        return _execute(schema, request.restarted(), operation, checked.document)


def _only_introspects(document: DocumentNode) -> bool:
    """Return whether every field of every operation is about the schema; fragments at their top count as others."""
    operations = [item for item in document.definitions if isinstance(item, OperationDefinitionNode)]
    selections = [node for item in operations for node in item.selection_set.selections]
    return all(isinstance(node, FieldNode) and node.name.value.startswith("__") for node in selections)


def _execute(
    schema: CompiledSchema, request: GraphRequest, operation: GraphOperation, document: DocumentNode
) -> bytes:
    result = execute_sync(
        schema.schema,
        document,
        context_value=request,
        variable_values=dict(operation.variables or {}),
        operation_name=operation.name,
        executor_class=RowExecutor,
    )
    _raise_unavailable(result, get_operation_ast(document, operation.name))
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [_error(error) for error in result.errors]
    return dumps(answer)


def _raise_unavailable(result: ExecutionResult, operation: OperationDefinitionNode | None) -> None:
    """Raise the first `Unavailable` of a query, which has done nothing and can be sent again."""
    if operation is not None and operation.operation is OperationType.MUTATION:
        return
    for error in result.errors or ():
        if isinstance(error.original_error, engine.Unavailable):
            raise error.original_error


def _error(error: GraphQLError) -> dict[str, Any]:
    """Return an error as GraphQL has it; its message never has the whole query in it."""
    formatted: dict[str, Any] = {"message": _message(error)}
    if error.locations:
        formatted["locations"] = [{"line": item.line, "column": item.column} for item in error.locations]
    if error.path:
        formatted["path"] = error.path
    return formatted


def _message(error: GraphQLError) -> str:
    original = error.original_error
    if isinstance(original, engine.Error):
        texts = [f"{item.field}: {item.message}" if item.field else str(item.message) for item in original.errors]
        text = " ".join(texts) or original.message
    elif original is None or isinstance(original, GraphQLError):
        text = error.message
    else:
        log.error("unhandled", exc_info=original)
        text = _INTERNAL
    return text if len(text) <= _MAX_MESSAGE else f"{text[:_MAX_MESSAGE]}…"
