"""The operation POST /api/crud/bulk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import Field
from typing_extensions import TypedDict

import engine
from dataapi.operations.shapes import TAG, Objects, Target
from dataapi.operations.writes import IDEMPOTENCY_KEY, REUSED, DeleteFields, UpdateFields
from engine.errors import invalid
from engine.write import Bulk
from engine.write import Operation as Write
from web.operations import ErrorText, Operation, RequestModel
from web.operations.types import ABSENT, Flag, JsonObject, as_input

T = TypeVar("T")
_NO_OPERATIONS = "operations must be an array of at least one operation"
_EXAMPLE = [
    {"insert": {"email": "carol@example.com"}},
    {"update": {"filters": {"email": "alice@example.com"}, "update_data": {"$inc": {"visits": 1}}}},
    {"delete": {"filters": {"email": "bob@example.com"}}},
]


class BulkItem(RequestModel):
    """One operation of a bulk request: exactly one of its members."""

    insert: JsonObject = ABSENT
    update: UpdateFields = ABSENT
    delete: DeleteFields = ABSENT


class BulkRequest(Target):
    """Several operations on one collection."""

    operations: Annotated[
        list[Any],
        as_input(Annotated[list[BulkItem], Field(min_length=1)]),
        Field(strict=True, min_length=1),
        ErrorText(_NO_OPERATIONS, missing=_NO_OPERATIONS),
    ] = Field(examples=[_EXAMPLE])
    ordered: Flag = True

    def bulk(self) -> Bulk:
        """Return the operations. Raises `Invalid` with the errors of all of them."""
        return Bulk(parse_each(self.operations, _operation), ordered=self.ordered)


class BulkResponse(TypedDict):
    success: bool
    results: Annotated[
        Objects,
        Field(
            examples=[
                [
                    {"index": 0, "ok": True, "inserted_id": "6560a1c2d3e4f5a6b7c8d9e2"},
                    {"index": 1, "ok": True, "modified_count": 1},
                    {"index": 2, "ok": True, "deleted_count": 1},
                ]
            ]
        ),
    ]


def parse_each(items: Sequence[Any], parse: Callable[[Any], T]) -> list[T]:
    """Return every item parsed. Raises `Invalid` with the errors of all items, each with the index of its item."""
    parsed: list[T] = []
    errors: list[engine.FieldError] = []
    for index, item in enumerate(items):
        try:
            parsed.append(parse(item))
        except engine.Invalid as error:
            errors += [engine.FieldError(issue.field, issue.message, index) for issue in error.errors]
    if errors:
        raise invalid(errors, unit="operation")
    return parsed


def _operation(item: Any) -> Write:
    names = list(item) if type(item) is dict else []
    if len(names) != 1 or names[0] not in ("insert", "update", "delete"):
        raise engine.Invalid.of_field("", 'Must be {"insert": …}, {"update": …} or {"delete": …}.')
    if names[0] == "insert":
        return engine.Insert(item["insert"])
    members = item[names[0]]
    if type(members) is not dict:
        raise engine.Invalid.of_field(names[0], "Must be an object with filters.")
    return (UpdateFields if names[0] == "update" else DeleteFields).parse(members).operation()


BULK = Operation(
    path="/api/crud/bulk",
    verb="post",
    id="write_in_bulk",
    tag=TAG,
    summary="Write in Bulk",
    description="Runs operations in order: all or none, or with `ordered: false` each on its own. Errors "
    "carry the operation's `index`.",
    parameters=(IDEMPOTENCY_KEY,),
    errors=REUSED,
    body=BulkRequest,
    responses={200: BulkResponse},
)
