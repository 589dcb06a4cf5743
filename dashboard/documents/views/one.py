"""One document: in a panel beside the grid, as JSON to be changed, and a single value of it."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

import engine
from dashboard.documents import grid, json_positions, json_tree, samples, titles, undo
from dashboard.documents.views.base import DocumentsPage, find_one, id_of, rights
from dashboard.layout import value_inputs
from dashboard.layout.base import FAULTY

CONFLICT = 409


def panel_context(page: DocumentsPage, document_id: str) -> dict[str, Any]:
    """For a panel with one document; `missing` where it is not there."""
    try:
        found = find_one(page.collection, document_id)
    except engine.NotFound as problem:
        return {"opened": {"id": document_id, "missing": problem.message}}
    system = {name: found[name] for name in ("_id", "_sys") if name in found}
    opened = {
        "id": str(found["_id"]),
        "label": titles.label(found, page.title([found])),
        "nodes": json_tree.tree(engine.plain(_content(found))),
        "system": found.get("_sys", {}),
        "system_nodes": json_tree.tree(engine.plain(system)),
        "history": page.collection.spec.history,
    }
    return {"opened": opened, "may": rights(page.collection), "people": page.people([opened["system"]])}


class Document(DocumentsPage):
    """A panel for the grid; by itself the grid with the panel open."""

    def get(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        if not request.htmx or request.htmx.boosted:  # type: ignore[attr-defined]
            return HttpResponseRedirect(self.grid_address(f"?doc={id_of(document_id)}"))
        own = {"database": self.database, "collection": self.collection}
        return self.part("parts/document_panel.html", {**own, **panel_context(self, document_id)})


class Part(DocumentsPage):
    """What the panel has left out of a document: the members at a path, from one position on."""

    def get(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        content = engine.plain(_content(find_one(self.collection, document_id)))
        start = request.GET.get("from", "0")
        start = int(start) if start.isascii() and start.isdigit() and len(start) < 10 else 0
        nodes = json_tree.part(content, request.GET.getlist("key"), start=start)
        opened = {"id": document_id}
        own = {"database": self.database, "collection": self.collection, "opened": opened}
        return self.part("parts/json_nodes.html", {**own, "nodes": nodes})


class Json(DocumentsPage):
    """A whole document as JSON, to be copied or downloaded."""

    def get(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        text = value_inputs.as_json(find_one(self.collection, document_id))
        return HttpResponse(text, content_type="application/json")


class Row(DocumentsPage):
    """One line of the grid, as it is now; and the place at which a value of it is changed."""

    def get(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        return self.row(find_one(self.collection, document_id), request.GET.getlist("shown"))

    def row(self, document: dict[str, Any], names: list[str]) -> HttpResponse:
        columns = self.columns([document], grid.View(columns=tuple(names)))
        (row,) = self.rows([document], [column for column in columns if column.shown])
        return self.part("parts/document_row.html", {**self.own, "row": row})

    @property
    def own(self) -> dict[str, Any]:
        return {"database": self.database, "collection": self.collection, "may": rights(self.collection)}


class Cell(Row):
    """One value: a form for it, and its change, if the document is what the form has shown."""

    def get(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        self.collection.require(engine.Action.WRITE)
        return self.form(find_one(self.collection, document_id), request.GET.get("name", ""))

    def post(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        given = request.POST
        name, version = given.get("name", ""), given.get("version", "")
        guard = engine.Guard(version=int(version) if version.isdecimal() and len(version) < 12 else 0)
        try:
            value = value_inputs.typed(given.get("kind", ""), given.get("value", ""))
            change = engine.Change({name: value}, root="")
            query = engine.Query(filter={"_id": str(id_of(document_id))})
            written = self.collection.write(engine.Update(query, change, guard=guard))
        except engine.Outdated as problem:
            return self.conflict(problem, name)
        except engine.Invalid as problem:
            return self.again(document_id, name, problem)
        if not written.count:
            raise engine.NotFound(f"There is no document {document_id}.")
        return self.written(find_one(self.collection, document_id), name, before=guard.version or 0)

    def written(self, document: dict[str, Any], name: str, *, before: int) -> HttpResponse:
        """The row as it is now, with the offer to undo the change."""
        given = self.request.POST
        answer = self.row(document, given.getlist("shown"))
        if document["_sys"]["version"] == before:
            return answer
        text = f"{name} changed in {titles.label(document, self.title([document]))}."
        step = undo.Step(str(document["_id"]), undo.CHANGED, before)
        if self.offer_undo(self.request, [step], text=text, view=grid.View.of(given).address(cursor="")):
            answer.headers["HX-Trigger"] = json.dumps({"undo-offered": {"text": text}})
        return answer

    def form(self, document: dict[str, Any], name: str, **more: Any) -> HttpResponse:
        control = value_inputs.control(self.collection.spec.schema.by_name.get(name), document.get(name))
        field = self.collection.spec.schema.by_name.get(name)
        context = {
            **self.own,
            "id": str(document["_id"]),
            "name": name,
            "picks": field.collection if field and field.collection in self.database.readable else "",
            "many": bool(field and field.many),
            "version": document["_sys"]["version"],
            "control": control,
            "kinds": value_inputs.KINDS,
            "typed": control.text,
            "kind": control.kind,
        }
        status = more.pop("status", 200)
        answer = self.part("parts/cell_form.html", {**context, **more}, status=status)
        if status != 200:  # in place of the form, where a change that went well takes the place of its row
            answer.headers["HX-Retarget"] = "closest [data-cell-form]"
        return answer

    def again(self, document_id: str, name: str, problem: engine.Error) -> HttpResponse:
        """With what was typed, and the version that it was typed over."""
        return self.form(
            find_one(self.collection, document_id),
            name,
            typed=self.request.POST.get("value", ""),
            kind=self.request.POST.get("kind", ""),
            version=self.request.POST.get("version", ""),
            fault=problem.message,
            status=FAULTY,
        )

    def conflict(self, problem: engine.Outdated, name: str) -> HttpResponse:
        """What was typed stays, beside what somebody else has written meanwhile."""
        current = problem.details.get("current")
        if current is None:
            raise problem
        return self.form(
            current,
            name,
            typed=self.request.POST.get("value", ""),
            kind=self.request.POST.get("kind", ""),
            theirs=value_inputs.as_text(current.get(name)),
            changed=problem.details.get("changed_fields"),
            status=CONFLICT,
        )


class Edit(DocumentsPage):
    """A whole document as JSON."""

    def get(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        self.collection.require(engine.Action.WRITE)
        found = find_one(self.collection, document_id)
        return self.editor(found, text=value_inputs.as_json(_content(found)))

    def post(self, request: HttpRequest, database_id: str, collection: str, document_id: str) -> HttpResponse:
        self.open_collection(database_id, collection)
        text = request.POST.get("document", "").replace("\r\n", "\n")
        version = request.POST.get("version", "")
        guard = engine.Guard(version=int(version) if version.isdecimal() and len(version) < 12 else 0)
        query = engine.Query(filter={"_id": str(id_of(document_id))})
        current = find_one(self.collection, document_id)
        try:
            change = engine.Replacement(json_positions.parse(text), root="document")
            written = self.collection.write(engine.Update(query, change, one=True, guard=guard))
        except json_positions.Faulty as problem:
            return self.editor(current, text=text, version=version, marks=problem.marks, status=FAULTY)
        except engine.Outdated as problem:
            theirs = problem.details.get("current")
            if theirs is None:
                raise
            changed = problem.details.get("changed_fields")
            more = {"theirs": value_inputs.as_json(_content(theirs)), "changed": changed}
            return self.editor(theirs, text=text, status=CONFLICT, **more)
        except engine.Invalid as problem:
            marks = json_positions.marks(
                text, problem.errors or [engine.FieldError("", problem.message)], root="document"
            )
            return self.editor(current, text=text, version=version, marks=marks, status=FAULTY)
        if not written.count:
            raise engine.NotFound(f"There is no document {document_id}.")
        step = undo.Step(document_id, undo.CHANGED, guard.version or 0)
        return self.saved(document_id, "Document saved.", step)

    def saved(self, document_id: str, text: str, step: undo.Step) -> HttpResponse:
        if not self.offer_undo(self.request, [step], text=text):
            messages.success(self.request, text)
        return HttpResponseRedirect(self.grid_address(f"?doc={document_id}"))

    def editor(self, document: dict[str, Any], *, text: str, status: int = 200, **more: Any) -> HttpResponse:
        context = {
            "id": str(document["_id"]),
            "version": document["_sys"]["version"],
            "text": text,
            "fields": self.collection.spec.schema.fields,
            **more,
        }
        return self.show("document_edit.html", context, status=status)


class New(Edit):
    """A new document, empty or like another one."""

    def get(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:  # type: ignore[override]
        self.open_collection(database_id, collection)
        self.collection.require(engine.Action.INSERT)
        like = request.GET.get("like", "")
        text = value_inputs.as_json(self._copied(like)) if like else self._template()
        return self.empty(text=text)

    def post(self, request: HttpRequest, database_id: str, collection: str) -> HttpResponse:  # type: ignore[override]
        self.open_collection(database_id, collection)
        text = request.POST.get("document", "").replace("\r\n", "\n")
        try:
            (made,) = self.collection.insert([json_positions.parse(text)])
        except json_positions.Faulty as problem:
            return self.empty(text=text, marks=problem.marks, status=FAULTY)
        except (engine.Invalid, engine.Conflict) as problem:
            marks = json_positions.marks(text, problem.errors or [engine.FieldError("", problem.message)])
            return self.empty(text=text, marks=marks, status=FAULTY)
        return self.saved(str(made), "Document created.", undo.Step(str(made), undo.INSERTED))

    def empty(self, *, text: str, status: int = 200, **more: Any) -> HttpResponse:
        context = {"text": text, "fields": self.collection.spec.schema.fields, **more}
        return self.show("document_edit.html", context, status=status)

    def _copied(self, document_id: str) -> dict[str, Any]:
        numbered = self.collection.spec.schema.autonumbers
        found = _content(find_one(self.collection, document_id))
        return {name: value for name, value in found.items() if name not in numbered}

    def _template(self) -> str:
        """The required fields, or the first few, waiting for their values."""
        sample = samples.document(self.collection.spec.schema)
        return value_inputs.as_json(dict.fromkeys(sample)) if sample else "{\n  \n}"


def _content(document: dict[str, Any]) -> dict[str, Any]:
    """Without what the service writes itself."""
    return {name: value for name, value in document.items() if name not in ("_id", "_sys")}
