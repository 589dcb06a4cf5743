"""One document: panel, JSON editor, and single values of the grid."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

import engine
from dashboard.documents import json_positions, json_tree, samples, titles, undo
from dashboard.documents.grid_state import GridState
from dashboard.documents.views.base import DocumentsPage, find_one, id_of, permissions
from dashboard.layout import value_inputs
from dashboard.layout.base import BAD_REQUEST
from dashboard.layout.errors import is_fragment
from engine.encoding import plain
from engine.update import Replacement
from web.errors import status_of

CONFLICT = 409


def panel_context(page: DocumentsPage, document_id: str) -> dict[str, Any]:
    """Return the context of the document panel; with `missing` if the document does not exist."""
    try:
        document = find_one(page.collection, document_id)
    except engine.NotFound as error:
        return {"opened": {"id": document_id, "missing": error.message}}
    system = {name: document[name] for name in ("_id", "_sys") if name in document}
    opened = {
        "id": str(document["_id"]),
        "label": titles.label(document, page.title([document])),
        "nodes": json_tree.tree(plain(_content(document))),
        "system": document.get("_sys", {}),
        "system_nodes": json_tree.tree(plain(system)),
        "history": page.collection.spec.history,
    }
    return {
        "opened": opened,
        "permissions": permissions(page.collection),
        "people": page.people([opened["system"]]),
    }


class DocumentPanelView(DocumentsPage):
    """The document panel of the grid. Without htmx it redirects to the grid with the panel open."""

    def get(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        if not is_fragment(request):
            return HttpResponseRedirect(self.grid_address(f"?doc={id_of(document_id)}"))
        base_context = {"database": self.database, "collection": self.collection}
        return self.part("parts/document_panel.html", {**base_context, **panel_context(self, document_id)})


class DocumentPartView(DocumentsPage):
    """Omitted members of a document in the panel, at a path and from a start position."""

    def get(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        content = plain(_content(find_one(self.collection, document_id)))
        digits = request.GET.get("from", "0")
        start = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
        nodes = json_tree.part(content, request.GET.getlist("key"), start=start)
        opened = {"id": document_id}
        base_context = {"database": self.database, "collection": self.collection, "opened": opened}
        return self.part("parts/json_nodes.html", {**base_context, "nodes": nodes})


class DocumentJsonView(DocumentsPage):
    """A whole document as JSON, to copy or download."""

    def get(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        text = value_inputs.as_json(find_one(self.collection, document_id))
        return HttpResponse(text, content_type="application/json")


class RowView(DocumentsPage):
    """The current row of a document in the grid."""

    def get(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        return self.row(find_one(self.collection, document_id), request.GET.getlist("shown"))

    def row(self, document: dict[str, Any], names: list[str]) -> HttpResponse:
        columns = self.columns([document], GridState(columns=tuple(names)))
        (row,) = self.rows([document], [column for column in columns if column.visible])
        return self.part("parts/document_row.html", {**self.base_context, "row": row})

    @property
    def base_context(self) -> dict[str, Any]:
        return {
            "database": self.database,
            "collection": self.collection,
            "permissions": permissions(self.collection),
        }


class CellView(RowView):
    """A form for one value, and its update if the document has the version that the form was loaded with."""

    def get(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        self.collection.require(engine.Action.WRITE)
        return self.form(find_one(self.collection, document_id), request.GET.get("name", ""))

    def post(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        data = request.POST
        name, version = data.get("name", ""), data.get("version", "")
        precondition = engine.Precondition(version=int(version) if version.isdecimal() and len(version) < 12 else 0)
        try:
            value = value_inputs.typed(data.get("kind", ""), data.get("value", ""))
            change = engine.Change({name: value}, root="")
            query = engine.Query(filter={"_id": str(id_of(document_id))})
            result = self.collection.write(engine.Update(query, change, precondition=precondition))
        except engine.Outdated as error:
            return self.form_with_conflict(error, name)
        except (engine.Invalid, engine.TooLarge, engine.Conflict) as error:
            return self.form_with_error(document_id, name, error)
        if not result.count:
            raise engine.NotFound(f"Document {document_id} not found.")
        return self.updated_row(
            find_one(self.collection, document_id), name, previous_version=precondition.version or 0
        )

    def updated_row(self, document: dict[str, Any], name: str, *, previous_version: int) -> HttpResponse:
        """Return the current row, with the offer to undo the change."""
        data = self.request.POST
        response = self.row(document, data.getlist("shown"))
        if document["_sys"]["version"] == previous_version:
            return response
        text = f"{name} changed in {titles.label(document, self.title([document]))}."
        step = undo.Step(str(document["_id"]), undo.CHANGED, previous_version)
        if self.offer_undo(self.request, [step], text=text, address=GridState.of(data).address(cursor="")):
            response.headers["HX-Trigger"] = json.dumps({"undo-offered": {"text": text}})
        return response

    def form(self, document: dict[str, Any], name: str, **extra: Any) -> HttpResponse:
        control = value_inputs.control(self.collection.spec.schema.by_name.get(name), document.get(name))
        field = self.collection.spec.schema.by_name.get(name)
        has_target = field is not None and not field.path and field.collection in self.database.readable
        context = {
            **self.base_context,
            "id": str(document["_id"]),
            "name": name,
            "referenced_collection": field.collection if field and has_target else "",
            "many": bool(field and field.many),
            "version": document["_sys"]["version"],
            "control": control,
            "kinds": value_inputs.KINDS,
            "typed": control.text,
            "kind": control.kind,
        }
        status = extra.pop("status", 200)
        response = self.part("parts/cell_form.html", {**context, **extra}, status=status)
        if status != 200:  # replace the form; a successful change replaces the row
            response.headers["HX-Retarget"] = "closest [data-cell-form]"
        return response

    def form_with_error(self, document_id: str, name: str, error: engine.Error) -> HttpResponse:
        """Return the form with the submitted value and its version."""
        return self.form(
            find_one(self.collection, document_id),
            name,
            typed=self.request.POST.get("value", ""),
            kind=self.request.POST.get("kind", ""),
            version=self.request.POST.get("version", ""),
            error=error.message,
            status=status_of(error),
        )

    def form_with_conflict(self, error: engine.Outdated, name: str) -> HttpResponse:
        """Return the form with the submitted value and the current value of the document."""
        current = error.details.get("current")
        if current is None:
            raise error
        return self.form(
            current,
            name,
            typed=self.request.POST.get("value", ""),
            kind=self.request.POST.get("kind", ""),
            current=value_inputs.as_text(current.get(name)),
            changed=error.details.get("changed_fields"),
            status=CONFLICT,
        )


class DocumentEditor(DocumentsPage):
    """A page with the JSON editor."""

    def saved(self, document_id: str, text: str, step: undo.Step) -> HttpResponse:
        if not self.offer_undo(self.request, [step], text=text):
            messages.success(self.request, text)
        return HttpResponseRedirect(self.grid_address(f"?doc={document_id}"))


class EditDocumentView(DocumentEditor):
    """The JSON editor of a document."""

    def get(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        self.collection.require(engine.Action.WRITE)
        document = find_one(self.collection, document_id)
        return self.editor(document, text=value_inputs.as_json(_content(document)))

    def post(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        text = request.POST.get("document", "").replace("\r\n", "\n")
        version = request.POST.get("version", "")
        precondition = engine.Precondition(version=int(version) if version.isdecimal() and len(version) < 12 else 0)
        query = engine.Query(filter={"_id": str(id_of(document_id))})
        current = find_one(self.collection, document_id)
        try:
            change = Replacement(json_positions.parse(text), root="document")
            result = self.collection.write(engine.Update(query, change, one=True, precondition=precondition))
        except json_positions.InvalidJson as error:
            return self.editor(current, text=text, version=version, marks=error.marks, status=BAD_REQUEST)
        except engine.Outdated as error:
            latest = error.details.get("current")
            if latest is None:
                raise
            changed = error.details.get("changed_fields")
            extra = {"current": value_inputs.as_json(_content(latest)), "changed": changed}
            return self.editor(latest, text=text, status=CONFLICT, **extra)
        except (engine.Invalid, engine.TooLarge, engine.Conflict) as error:
            marks = json_positions.marks(
                text, error.errors or [engine.FieldError("", error.message)], root="document"
            )
            return self.editor(current, text=text, version=version, marks=marks, status=status_of(error))
        if not result.count:
            raise engine.NotFound(f"Document {document_id} not found.")
        step = undo.Step(document_id, undo.CHANGED, precondition.version or 0)
        return self.saved(document_id, "Document saved.", step)

    def editor(self, document: dict[str, Any], *, text: str, status: int = 200, **extra: Any) -> HttpResponse:
        context = {
            "id": str(document["_id"]),
            "version": document["_sys"]["version"],
            "text": text,
            "fields": self.collection.spec.schema.fields,
            **extra,
        }
        return self.show("document_edit.html", context, status=status)


class NewDocumentView(DocumentEditor):
    """The JSON editor of a new document, empty or a copy of another one."""

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        self.collection.require(engine.Action.INSERT)
        template_id = request.GET.get("like", "")
        text = value_inputs.as_json(self._copied(template_id)) if template_id else self._template()
        return self.empty(text=text)

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        text = request.POST.get("document", "").replace("\r\n", "\n")
        try:
            (document_id,) = self.collection.insert([json_positions.parse(text)])
        except json_positions.InvalidJson as error:
            return self.empty(text=text, marks=error.marks, status=BAD_REQUEST)
        except (engine.Invalid, engine.TooLarge, engine.Conflict) as error:
            marks = json_positions.marks(text, error.errors or [engine.FieldError("", error.message)])
            return self.empty(text=text, marks=marks, status=status_of(error))
        return self.saved(str(document_id), "Document created.", undo.Step(str(document_id), undo.INSERTED))

    def empty(self, *, text: str, status: int = 200, **extra: Any) -> HttpResponse:
        context = {"text": text, "fields": self.collection.spec.schema.fields, **extra}
        return self.show("document_edit.html", context, status=status)

    def _copied(self, document_id: str) -> dict[str, Any]:
        autonumbers = self.collection.spec.schema.autonumbers
        content = _content(find_one(self.collection, document_id))
        return {name: value for name, value in content.items() if name not in autonumbers}

    def _template(self) -> str:
        """Return the required fields, or the first five, without values."""
        sample = samples.document(self.collection.spec.schema)
        return value_inputs.as_json(dict.fromkeys(sample)) if sample else "{\n  \n}"


def _content(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document without `_id` and `_sys`."""
    return {name: value for name, value in document.items() if name not in ("_id", "_sys")}
