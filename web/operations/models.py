"""The base class of declared requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

from django.http import HttpRequest
from pydantic import BaseModel, ConfigDict, ValidationError

import engine
from web.operations.errors import field_errors
from web.requests.body import SAFEGUARDS, json_body
from web.requests.parameters import query_of


class RequestModel(BaseModel):
    """The parameters of a query string, or the members of a JSON body.

    Members that are not declared are ignored, except those that limit a write (`dry_run`, `max_affected`): these
    are errors where they would have no effect. With `extra="forbid"` every undeclared member is an error.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)
    unknown_text: ClassVar[str] = "Unknown parameter {name}."
    undeclared_safeguards: ClassVar[tuple[str, ...]] = SAFEGUARDS

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        cls.undeclared_safeguards = tuple(name for name in SAFEGUARDS if name not in cls.model_fields)

    @classmethod
    def of_query(cls, request: HttpRequest) -> Self:
        """Parse the query string of a request. Raises `Invalid` with every error."""
        return cls.parse(query_of(request))

    @classmethod
    def of_body(cls, request: HttpRequest) -> Self:
        """Parse the JSON body of a request. Raises `Invalid` with every error."""
        return cls.parse(json_body(request))

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Parse parameters or members. Raises `Invalid` with every error, whose message is that of a single one."""
        errors: list[engine.FieldError] = []
        try:
            parsed = cls.model_validate(values)
        except ValidationError as error:
            errors = field_errors(error, cls, unknown=cls.unknown_text)
        errors += cls.other_errors(values)
        if errors:
            message = errors[0].message if len(errors) == 1 else "The request is not valid."
            raise engine.Invalid(message, errors=errors)
        return parsed

    @classmethod
    def other_errors(cls, values: Mapping[str, Any]) -> Iterable[engine.FieldError]:
        """Yield errors that no field has by itself; called whether or not the fields are valid."""
        if cls.model_config.get("extra") == "forbid":
            return []
        return [
            engine.FieldError(name, f"Unknown parameter {name}.")
            for name in cls.undeclared_safeguards
            if name in values
        ]
