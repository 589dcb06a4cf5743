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
    headers: ClassVar[tuple[str, ...]] = ()  # the aliases of fields that `of_body` reads from the request's headers
    _header_keys: ClassVar[tuple[tuple[str, str], ...]] = ()
    _undeclared_safeguards: ClassVar[tuple[str, ...]] = SAFEGUARDS

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        cls._header_keys = tuple((name, f"HTTP_{name.upper().replace('-', '_')}") for name in cls.headers)
        ignored = SAFEGUARDS if cls.model_config.get("extra") != "forbid" else ()
        cls._undeclared_safeguards = tuple(name for name in ignored if name not in cls.model_fields)

    @classmethod
    def of_query(cls, request: HttpRequest) -> Self:
        """Parse the query string of a request. Raises `Invalid` with every error."""
        return cls.parse(query_of(request))

    @classmethod
    def of_body(cls, request: HttpRequest) -> Self:
        """Parse the JSON body of a request. Raises `Invalid` with every error."""
        values = json_body(request)
        for name, key in cls._header_keys:
            values[name] = request.META.get(key)  # never a member of the body
        return cls.parse(values)

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Parse parameters or members. Raises `Invalid` with every error, whose message is that of a single one."""
        errors: list[engine.FieldError] = []
        try:
            parsed: Self = cls.__pydantic_validator__.validate_python(values)  # faster than `model_validate`
        except ValidationError as error:
            errors = field_errors(error, cls, unknown=cls.unknown_text)
        for name in cls._undeclared_safeguards:
            if name in values:
                errors.append(engine.FieldError(name, f"Unknown parameter {name}."))
        errors += cls.other_errors(values)
        if errors:
            message = errors[0].message if len(errors) == 1 else "The request is not valid."
            raise engine.Invalid(message, errors=errors)
        return parsed

    @classmethod
    def other_errors(cls, values: Mapping[str, Any]) -> Iterable[engine.FieldError]:
        """Return errors that no field has by itself; called whether or not the fields are valid."""
        return ()
