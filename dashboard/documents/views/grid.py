"""The grid of a collection's documents, its columns, and how many documents there are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

import catalog.services
import engine
import features.jobs.services
from dashboard.documents import grid, references, undo
from dashboard.documents.views import one
from dashboard.documents.views.base import DocumentsPage, rights, view_of
from dashboard.layout.base import FAULTY

_OPERATORS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$regex")
Total = tuple[int, str]


class Documents(DocumentsPage):
    """A page of the grid. A filter that is wrong is shown again with what is wrong about it."""

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

    def _context(self, view: grid.View, page: engine.Page | None) -> dict[str, Any]:
        documents = page.documents if page else []
        columns = self.columns(documents, view)
        shown = [column for column in columns if column.shown]
        name = self.collection.spec.name
        return {
            "view": view,
            "columns": columns,
            "shown": shown,
            "rows": self.rows(documents, shown),
            "last": view.offset + len(documents),
            "following": view.following(page) if page else "",
            "preceding": view.preceding(),
            **(_counted(view, self._total(view, page)) if page else {}),
            "sizes": grid.SIZES,
            "may": rights(self.collection),
            "formats": [(key, item.title) for key, item in features.jobs.services.FORMATS.items()],
            "field_names": [column.name for column in columns],
            "operators": _OPERATORS,
            "undo": undo.offered(self.request, self.database.id, name),
            "address": view.address(columns=view.columns),
            "stream": f"{reverse('dashboard:stream')}?database_id={self.database.id}",
        }

    def _total(self, view: grid.View, page: engine.Page) -> Total | None:
        """What is known without counting; None where that takes a request of its own."""
        if not view.cursor and not view.offset and page.next is None:
            return len(page.documents), "exact"
        if not view.filter:
            return self.collection.count(), "estimated"
        return None


class Count(DocumentsPage):
    """How many documents match, counted one by one; a part of the page that comes when it is ready."""

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        handle = self.open_collection(database_id, collection)
        view = view_of(request)
        query = engine.Query(filter=view.conditions(), limit=1, root="filter", count=engine.Count.EXACT)
        context = _counted(view, (handle.find(query).total or 0, "exact"))
        return self.part("parts/total.html", {**context, "view": view, "separate": True})


class Columns(DocumentsPage):
    """Stores which columns the person sees in this collection, in order; `reset` returns to the default."""

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        reset = bool(request.POST.get("reset"))
        columns = [] if reset else [*dict.fromkeys(request.POST.getlist("column"))]
        catalog.services.set_columns(self.principal, self.database, collection, columns=columns)
        return HttpResponseRedirect(self.grid_address(grid.View.of(request.POST).address(columns=())))


class Pick(DocumentsPage):
    """Documents of this collection for the picker of a reference: a part of the page."""

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        handle = self.open_collection(database_id, collection)
        found = references.search(handle, request.GET.get("search", "").strip())
        return self.part("parts/picker_options.html", {"options": found})


def _counted(view: grid.View, total: Total | None) -> dict[str, Any]:
    """The total with the number of pages and the address of the last one."""
    if total is None:
        return {"total": None}
    return {"total": total, "pages": max(-(-total[0] // view.size), 1), "last_page": view.last(total[0])}
