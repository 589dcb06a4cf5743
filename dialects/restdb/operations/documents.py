"""The operations of documents and of their children."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from dialects.restdb.operations.lists import DisplayOptions, ListParameters, Selection
from dialects.restdb.operations.shapes import (
    COLLECTION,
    DOCUMENT,
    DOCUMENT_EXAMPLE,
    ID,
    WRITTEN_EXAMPLE,
    Deleted,
    one_or_many,
    operation,
)
from dialects.restdb.operations.types import RestRequest

_CHILD = {**WRITTEN_EXAMPLE, "_parent_id": ID, "_parent_def": "company", "_parent_field": "staff"}
Document = Annotated[dict[str, Any], Field(examples=[DOCUMENT_EXAMPLE])]
Documents = Annotated[Any, one_or_many([DOCUMENT_EXAMPLE])]
NewDocuments = Annotated[Any, one_or_many({"name": "Fred"})]
Created = Annotated[Any, one_or_many(WRITTEN_EXAMPLE)]
CreatedChild = Annotated[Any, one_or_many(_CHILD)]
Change = Annotated[dict[str, Any], Field(examples=[{"name": "Fred", "$inc": {"visits": 1}}])]
Changed = Annotated[dict[str, Any], Field(examples=[{**WRITTEN_EXAMPLE, "_version": 1}])]


def _is_validated(text: str) -> bool:
    return text.lower() != "false"


class CreateParameters(RestRequest):
    """The parameters of POST. One document is always validated."""

    is_validated: Annotated[bool, PlainValidator(_is_validated), WithJsonSchema({"type": "boolean"})] = Field(
        default=True, alias="validate", description="false: the documents of an array are not validated."
    )


OPERATIONS = (
    operation(
        "get",
        COLLECTION,
        "rest_list",
        "List Documents",
        "Documents that match, as an array; `X-Pagination` has the totals. With `aggregate` or `groupby` "
        "an object.",
        query=ListParameters,
        responses={200: Documents},
    ),
    operation(
        "post",
        COLLECTION,
        "rest_create",
        "Create Documents",
        "A document, or an array of them, of which all are stored or none; `validate=false` stores an array "
        "without asking the schema.",
        query=CreateParameters,
        body=NewDocuments,
        responses={201: Created},
    ),
    operation(
        "get",
        DOCUMENT,
        "rest_read",
        "Read a Document",
        "The document of an id.",
        query=DisplayOptions,
        responses={200: Document},
    ),
    *[
        operation(
            verb,
            DOCUMENT,
            f"rest_{name}",
            f"{name.title()} a Document",
            "Sets the members that are sent and applies operators such as `$inc`, `$push` and `$pull`; all else "
            "stays. The answer is the whole document.",
            body=Change,
            responses={200: Changed},
        )
        for verb, name in (("put", "update"), ("patch", "patch"))
    ],
    operation(
        "delete",
        DOCUMENT,
        "rest_delete",
        "Delete Documents",
        "The document of an id; with `*` for the id those of an array of ids in the body or, with a full-access "
        "key, those that `q` matches.",
        query=Selection,
        responses={200: Deleted},
    ),
    operation(
        "get",
        DOCUMENT + "/{field}",
        "rest_children",
        "List Children",
        "The children of a document under a field; parameters as for a list.",
        query=ListParameters,
        responses={200: Documents},
    ),
    operation(
        "post",
        DOCUMENT + "/{field}",
        "rest_create_children",
        "Create Children",
        "A child, or an array of them.",
        query=CreateParameters,
        body=NewDocuments,
        responses={201: CreatedChild},
    ),
    operation(
        "get",
        DOCUMENT + "/{field}/{child}",
        "rest_child",
        "Read a Child",
        "One child of a document.",
        query=DisplayOptions,
        responses={200: Document},
    ),
)
