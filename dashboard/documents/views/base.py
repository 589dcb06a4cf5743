"""What the pages of documents share."""

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
from dashboard.layout.base import CollectionPage

# The most documents that can be selected at once.
MAX_SELECTED = 1_000


class DocumentsPage(CollectionPage):
    """A page of the documents of one collection."""

    page = "documents"

    def title(self, documents: Sequence[dict[str, Any]] = ()) -> str:
        """The field that names a document of this collection."""
        return titles.title_field(self.collection.spec, documents)

    def columns(self, documents: Sequence[dict[str, Any]], view: grid.View) -> list[grid.Column]:
        """The columns of these documents: of the address, else those that the person has chosen before."""
        chosen = catalog.services.get_columns(self.principal, self.database, self.collection.spec.name)
        schema = self.collection.spec.schema
        return grid.columns(schema, documents, view, title=self.title(documents), chosen=chosen)

    def rows(self, documents: Sequence[dict[str, Any]], shown: Sequence[grid.Column]) -> list[grid.Row]:
        title = self.title(documents)
        names = [column.name for column in shown]
        links = references.links_of(self.database, self.collection.spec.schema, documents, names)
        return [
            grid.row(document, shown, title=title, links=found)
            for document, found in zip(documents, links, strict=True)
        ]

    def grid_address(self, query: str = "") -> str:
        """The address of the grid with a query string."""
        return reverse("dashboard:documents", args=[self.database.id, self.collection.spec.name]) + query

    def offer_undo(self, request: HttpRequest, steps: Sequence[undo.Step], *, text: str, view: str = "") -> bool:
        """Offer to undo a write; return whether it can be undone."""
        undo.offer(request, self.collection, self.database.id, steps, text=text, view=view)
        return undo.offered(request, self.database.id, self.collection.spec.name) is not None


def id_of(text: str) -> ObjectId:
    """A document's id as an address has it."""
    try:
        return ObjectId(text)
    except (InvalidId, TypeError) as problem:
        raise no_document(text) from problem


def no_document(text: str) -> engine.NotFound:
    return engine.NotFound(f"There is no document {text[:40]}.")


def find_one(collection: engine.Collection, document_id: str) -> dict[str, Any]:
    """Raises `NotFound`."""
    wanted = {"_id": str(id_of(document_id))}
    found = collection.find(engine.Query(filter=wanted, limit=1, count=engine.Count.NONE)).documents
    if not found:
        raise no_document(document_id)
    return found[0]


def query_of_ids(ids: list[str]) -> engine.Query:
    """All documents of these ids, and no others."""
    known = [str(id_of(text)) for text in ids]
    return engine.Query(filter={"_id": known[0] if len(known) == 1 else {"$in": known}})


def selected_ids(given: Any) -> list[str]:
    """The ids of a form; raises `Invalid` for none and `TooLarge` for too many."""
    ids = given.getlist("ids")
    if not ids:
        raise engine.Invalid("Select one or more documents first.")
    if len(ids) > MAX_SELECTED:
        raise engine.TooLarge(f"At most {MAX_SELECTED} documents can be selected at once.")
    return ids


def rights(collection: engine.Collection) -> dict[str, bool]:
    """What the person may do here, so that no page shows a button that is refused."""
    actions = {"insert": "INSERT", "write": "WRITE", "delete": "DELETE", "design": "DESIGN"}
    return {name: engine.Action[action] in collection.allowed for name, action in actions.items()}


def view_of(request: Any) -> grid.View:
    return grid.View.of(request.GET)
