"""The grid of a collection's documents, and how many there are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

import engine
import transfer.services
from dashboard import grids, undoing
from dashboard.views.base import FAULTY, CollectionPage
from dashboard.views.documents import one
from dashboard.views.documents.base import rights, view_of

_OPERATORS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$regex")


class Documents(CollectionPage):
    """A page of the grid. A filter that is wrong is shown again with what is wrong about it."""

    page = "documents"

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        handle = self.open_collection(database_id, collection)
        view = view_of(request)
        try:
            page = handle.find(view.query())
        except (engine.Invalid, engine.TooLarge, engine.Unavailable) as problem:
            faulty = {"faults": [fault.message for fault in problem.errors] or [problem.message]}
            return self.show("documents.html", {**self._context(view, None), **faulty}, status=FAULTY)
        opened = request.GET.get("doc", "")
        context = self._context(view, page)
        if opened:
            context |= one.panel_context(self, opened)
        return self.show("documents.html", context)

    def _context(self, view: grids.View, page: engine.Page | None) -> dict[str, Any]:
        documents = page.documents if page else []
        columns = grids.columns(self.collection.spec.schema, documents, view)
        names = [column.name for column in columns if column.shown]
        return {
            "view": view,
            "columns": columns,
            "shown": [column for column in columns if column.shown],
            "rows": [grids.row(document, names) for document in documents],
            "last": view.offset + len(documents),
            "following": view.following(page) if page else "",
            "preceding": view.preceding(),
            "total": self._total(view, page) if page else None,
            "may": rights(self.collection),
            "formats": [(name, item.title) for name, item in transfer.services.FORMATS.items()],
            "field_names": [column.name for column in columns],
            "operators": _OPERATORS,
            "undo": undoing.offered(self.request, self.database.id, self.collection.spec.name),
            "address": view.address(columns=view.columns),
        }

    def _total(self, view: grids.View, page: engine.Page) -> tuple[int, str] | None:
        """What is known without counting; None where that takes a request of its own."""
        if not view.cursor and page.next is None:
            return len(page.documents), "exact"
        if not view.filter:
            return self.collection.count(), "estimated"
        return None


class Count(CollectionPage):
    """How many documents match, counted one by one; a part of the page that comes when it is ready."""

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        handle = self.open_collection(database_id, collection)
        conditions = view_of(request).conditions()
        query = engine.Query(filter=conditions, limit=1, root="filter", count=engine.Count.EXACT)
        return self.part("parts/total.html", {"total": (handle.find(query).total, "exact")})
