"""Declared operations: one declaration is the parser, the OpenAPI description, the example and the documentation.

An operation of a surface is declared in three parts, in `<surface>/operations/<subject>.py`:

1. Its request: a `RequestModel` whose fields have types of `web.operations.types`, a description and an example.
   `Model.of_query(request)` and `Model.of_body(request)` return a validated instance or raise `engine.Invalid`
   with all errors. Fields of a query string have the types that begin with `Query`.

       class DistinctRequest(Target):
           field: Text = Field(description="The field, or a dotted path.", examples=["tags"])
           filters: QueryObject = Field(default={}, description="JSON.", examples=['{"age": 42}'])

2. Its response: a `TypedDict` (of typing_extensions), which the function that renders it returns. It costs nothing
   at run time.

       class DistinctResponse(TypedDict):
           success: Success
           values: Annotated[list[Any], Field(examples=[["new", "old"]])]

3. The `Operation`, which names its path, verb and texts, and both declarations. `OPERATIONS` of
   `<surface>.operations` is added to the OpenAPI document.

       DISTINCT = Operation(
           path="/api/distinct", verb="get", id="distinct_values", tag="Data API", summary="Distinct Values",
           description="…", query=DistinctRequest, responses={200: DistinctResponse},
       )

Error texts: a type says by `ErrorText("{name} must be …")` what is reported for it whatever is wrong; a validator
raises `ValueError` with the whole text, or `FieldErrors` with errors of its own. A rule about two fields is a
validator of the later field, such as `NotWith("as_of")`: pydantic reports it beside the errors of other fields. A
published wording that differs from `web.operations.types` is a type of that surface. A header that is checked with
the body is a field whose alias is in `headers`; `other_errors` returns what no field has by itself.
"""

from web.operations.errors import ErrorText, FieldErrors
from web.operations.models import RequestModel
from web.operations.operation import Operation, header

__all__ = ["ErrorText", "FieldErrors", "Operation", "RequestModel", "header"]
