"""The operations of documents: read, search, write."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from dialects.communibase.operations.parameters import FieldsParameters, SearchParameters
from dialects.communibase.operations.shapes import (
    CRUD,
    ID,
    TYPE,
    Destroyed,
    Document,
    Documents,
    Selector,
    operations,
)

Pipeline = Annotated[list[dict[str, Any]], Field(examples=[[{"$match": {"_id": {"$ObjectId": ID}}}]])]
Results = Annotated[list[dict[str, Any]], Field(examples=[[{"_id": ID, "count": 2}]])]
_ONE = f"{CRUD}/{{id}}"

OPERATIONS = (
    *operations(
        "get",
        CRUD,
        "list",
        "List Documents",
        "All documents of an entity type, as an array.",
        query=SearchParameters,
        responses={200: Documents},
    ),
    *operations(
        "post",
        TYPE + "/search",
        "search",
        "Search Documents",
        "The documents that a selector matches; all without a body. Its text is cast to ids and dates.",
        query=SearchParameters,
        body=Selector,
        responses={200: Documents},
    ),
    *operations(
        "post",
        CRUD,
        "create",
        "Create a Document",
        "Stores a document and answers with it.",
        body=Document,
        responses={200: Document},
    ),
    *operations(
        "get",
        _ONE,
        "read",
        "Read a Document",
        "The document of an id.",
        query=FieldsParameters,
        responses={200: Document},
    ),
    *operations(
        "post",
        f"{TYPE}/aggregate",
        "aggregate",
        "Aggregate Documents",
        'Runs a pipeline of MongoDB. Nothing is cast: an id is `{"$ObjectId": "…"}`, a date `{"$date": "…"}`.',
        body=Pipeline,
        responses={200: Results},
    ),
    *operations(
        "put",
        _ONE,
        "update",
        "Update a Document",
        "Replaces the whole document: attributes that are not sent are removed.",
        body=Document,
        responses={200: Document},
    ),
    *operations(
        "post",
        f"{TYPE}/finalize/{{id}}",
        "finalize",
        "Finalize an Invoice",
        "For the entity type Invoice: sets `invoiceNumber`, the next number of its `dayBookNumber`.",
        responses={200: Document},
    ),
    *operations(
        "delete",
        _ONE,
        "destroy",
        "Destroy a Document",
        "Deletes a document. Its history stays, and it can be restored.",
        responses={200: Destroyed},
    ),
)
