"""The grid of documents, its columns, the document count and the reference picker."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

import catalog.services
import engine
import features.jobs.services
from dashboard.documents import references, undo
from dashboard.documents.grid_state import SIZES, GridState
from dashboard.documents.views import one
from dashboard.documents.views.base import DocumentsPage, grid_state_of, permissions
from dashboard.layout.base import BAD_REQUEST

_OPERATORS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$regex")
DocumentCount = tuple[int, str]


class DocumentsView(DocumentsPage):
    """A page of the grid. An invalid filter is shown again with its errors."""

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        handle = self.open_collection(database_id, collection)
        state = grid_state_of(request)
        try:
            page = handle.find(state.query())
        except (engine.Invalid, engine.TooLarge, engine.Unavailable) as error:
            error_context = {"errors": [item.message for item in error.errors] or [error.message]}
            return self.show("documents.html", {**self._context(state, None), **error_context}, status=BAD_REQUEST)
        document_id = request.GET.get("doc", "")
        context = self._context(state, page)
        if document_id:
            context |= one.panel_context(self, document_id)
        return self.show("documents.html", context)

    def _context(self, state: GridState, page: engine.Page | None) -> dict[str, Any]:
        documents = page.documents if page else []
        columns = self.columns(documents, state)
        visible = [column for column in columns if column.visible]
        name = self.collection.spec.name
        return {
            "state": state,
            "columns": columns,
            "visible_columns": visible,
            "rows": self.rows(documents, visible),
            "last": state.offset + len(documents),
            "next_address": state.next_address(page) if page else "",
            "previous_address": state.previous_address(),
            **(_page_count_context(state, self._known_count(state, page)) if page else {}),
            "sizes": SIZES,
            "permissions": permissions(self.collection),
            "formats": [(key, item.title) for key, item in features.jobs.services.FORMATS.items()],
            "field_names": [column.name for column in columns],
            "operators": _OPERATORS,
            "undo": undo.offered(self.request, self.database.id, name),
            "address": state.address(columns=state.columns),
            "stream": f"{reverse('dashboard:stream')}?database_id={self.database.id}",
        }

    def _known_count(self, state: GridState, page: engine.Page) -> DocumentCount | None:
        """Return the count if it is known without counting, else None."""
        if not state.cursor and not state.offset and page.next is None:
            return len(page.documents), "exact"
        if not state.filter:
            return self.collection.count(), "estimated"
        return None


class DocumentCountView(DocumentsPage):
    """The exact document count, loaded by the page after it is shown."""

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        handle = self.open_collection(database_id, collection)
        state = grid_state_of(request)
        query = engine.Query(filter=state.conditions(), limit=1, root="filter", count=engine.Count.EXACT)
        context = _page_count_context(state, (handle.find(query).total or 0, "exact"))
        return self.part("parts/total.html", {**context, "state": state, "separate": True})


class ColumnsView(DocumentsPage):
    """Store the user's columns of this collection, in order. `reset` restores the default."""

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        reset = bool(request.POST.get("reset"))
        columns = [] if reset else [*dict.fromkeys(request.POST.getlist("column"))]
        catalog.services.columns.set_columns(self.principal, self.database, collection, columns=columns)
        return HttpResponseRedirect(self.grid_address(GridState.of(request.POST).address(columns=())))


class ReferencePickerView(DocumentsPage):
    """Documents of this collection as options of a reference picker."""

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        handle = self.open_collection(database_id, collection)
        options = references.search(handle, request.GET.get("search", "").strip())
        return self.part("parts/picker_options.html", {"options": options})


def _page_count_context(state: GridState, total: DocumentCount | None) -> dict[str, Any]:
    """Return the total, the number of pages and the address of the last page."""
    if total is None:
        return {"total": None}
    return {"total": total, "pages": max(-(-total[0] // state.size), 1), "last_page": state.last_address(total[0])}
