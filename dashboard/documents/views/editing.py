"""Bulk edit: set one field of several selected documents."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

import engine
from dashboard.documents import undo
from dashboard.documents.grid_state import GridState
from dashboard.documents.views.base import DocumentsPage, query_of_ids, selected_ids
from dashboard.layout import value_inputs
from dashboard.templatetags.dashboard import plural
from web.errors import status_of


class BulkEditView(DocumentsPage):
    """A form for the selected documents. With `expected`, their number, the field is set in all or in none."""

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        self.open_collection(database_id, collection).require(engine.Action.WRITE)
        ids = selected_ids(request.POST)
        state = GridState.of(request.POST)
        if not request.POST.get("expected"):
            return self._form(ids, state)
        try:
            return self._write(ids, state)
        except (engine.Invalid, engine.TooLarge, engine.Conflict) as error:
            messages = [f"{item.field}: {item.message}" for item in error.errors] or [error.message]
            return self._form(ids, state, errors=messages, status=status_of(error))

    def _write(self, ids: list[str], state: GridState) -> HttpResponse:
        data = self.request.POST
        name = data.get("name", "").strip()
        if not name:
            raise engine.Invalid.of_field("name", "Choose a field.")
        value = value_inputs.typed(data.get("kind", ""), data.get("value", ""))
        query = query_of_ids(ids)
        steps = self._versions(query)
        operation = engine.Update(
            query, engine.Change({name: value}, root=""), precondition=engine.Precondition(max_affected=len(ids))
        )
        count = self.collection.write(operation).count
        text = f"Field {name} set in {plural(count, 'document')}."
        self.offer_undo(self.request, steps, text=text, address=state.address())
        return HttpResponseRedirect(self.grid_address(state.address()))

    def _versions(self, query: engine.Query) -> list[undo.Step]:
        """Return undo steps with the current versions of the documents."""
        fields = {"_sys.version": 1}
        version_query = engine.Query(
            filter=query.filter, fields=fields, limit=undo.MAX_STEPS + 1, count=engine.Count.NONE
        )
        documents = self.collection.find(version_query).documents
        return [undo.Step(str(item["_id"]), undo.CHANGED, item["_sys"]["version"]) for item in documents]

    def _form(self, ids: list[str], state: GridState, *, status: int = 200, **extra: Any) -> HttpResponse:
        data = self.request.POST
        context = {
            "ids": ids,
            "state": state,
            "names": [field.name for field in self.collection.spec.schema.fields if not field.unwritable],
            "kinds": value_inputs.KINDS,
            "typed": {name: data.get(name, "") for name in ("name", "kind", "value")},
            "undoable": self.collection.spec.history and len(ids) <= undo.MAX_STEPS,
            "back": self.grid_address(state.address()),
            **extra,
        }
        return self.show("documents_bulk.html", context, status=status)
