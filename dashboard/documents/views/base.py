"""Base class and helpers of the document pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bson import ObjectId
from bson.errors import InvalidId
from django.http import HttpRequest
from django.urls import reverse

import catalog.services
import engine
from dashboard.documents import grid, references, titles, undo
from dashboard.documents.grid_state import GridState
from dashboard.layout.base import CollectionPage

# Limit of one selection.
MAX_SELECTED = 1_000


class DocumentsPage(CollectionPage):
    """A page of the documents of one collection."""

    page = "documents"

    def title(self, documents: Sequence[dict[str, Any]] = ()) -> str:
        """Return the title field of this collection."""
        return titles.title_field(self.collection.spec, documents)

    def columns(self, documents: Sequence[dict[str, Any]], state: GridState) -> list[grid.Column]:
        """Return the columns: those of the address, else those that the user has chosen before."""
        chosen = catalog.services.columns.get_columns(self.principal, self.database, self.collection.spec.name)
        schema = self.collection.spec.schema
        return grid.columns(schema, documents, state, title=self.title(documents), chosen=chosen)

    def rows(self, documents: Sequence[dict[str, Any]], columns: Sequence[grid.Column]) -> list[grid.Row]:
        """Return the rows of the documents, with links for references."""
        title = self.title(documents)
        names = [column.name for column in columns]
        links = references.links_of(self.database, self.collection.spec.schema, documents, names)
        return [
            grid.row(document, columns, title=title, links=document_links)
            for document, document_links in zip(documents, links, strict=True)
        ]

    def grid_address(self, query: str = "") -> str:
        """Return the address of the grid with a query string."""
        return reverse("dashboard:documents", args=[self.database.id, self.collection.spec.name]) + query

    def offer_undo(self, request: HttpRequest, steps: Sequence[undo.Step], *, text: str, address: str = "") -> bool:
        """Offer to undo a write. Return whether it can be undone."""
        undo.offer(request, self.collection, self.database.id, steps, text=text, view=address)
        return undo.offered(request, self.database.id, self.collection.spec.name) is not None


def id_of(text: str) -> ObjectId:
    """Return the document id of an address. Raises `NotFound`."""
    try:
        return ObjectId(text)
    except (InvalidId, TypeError) as error:
        raise no_document(text) from error


def no_document(text: str) -> engine.NotFound:
    return engine.NotFound(f"Document {text[:40]} not found.")


def find_one(collection: engine.Collection, document_id: str) -> dict[str, Any]:
    """Return a document by its id. Raises `NotFound`."""
    query_filter = {"_id": str(id_of(document_id))}
    documents = collection.find(engine.Query(filter=query_filter, limit=1, count=engine.Count.NONE)).documents
    if not documents:
        raise no_document(document_id)
    return documents[0]


def query_of_ids(ids: list[str]) -> engine.Query:
    """Return the query for the documents with these ids."""
    checked = [str(id_of(text)) for text in ids]
    return engine.Query(filter={"_id": checked[0] if len(checked) == 1 else {"$in": checked}})


def selected_ids(data: Any) -> list[str]:
    """Return the ids of a form. Raises `Invalid` for no ids and `TooLarge` for too many."""
    ids = data.getlist("ids")
    if not ids:
        raise engine.Invalid("Select one or more documents first.")
    if len(ids) > MAX_SELECTED:
        raise engine.TooLarge(f"At most {MAX_SELECTED} documents can be selected at once.")
    return ids


def permissions(collection: engine.Collection) -> dict[str, bool]:
    """Return the allowed actions, so that pages show only buttons that work."""
    actions = {"insert": "INSERT", "write": "WRITE", "delete": "DELETE", "design": "DESIGN"}
    return {name: engine.Action[action] in collection.allowed for name, action in actions.items()}


def grid_state_of(request: Any) -> GridState:
    return GridState.of(request.GET)
