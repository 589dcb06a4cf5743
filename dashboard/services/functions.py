"""Functions of a database: create, edit, run and delete; versions, and calls with their logs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

import engine
from catalog.services.metadata.sharing import shared_id_of
from dashboard.layout.base import BAD_REQUEST, SettingsPage
from dashboard.services.function_forms import FunctionForm, RunForm
from engine.encoding import dumps
from features.functions.running import FunctionResult
from features.functions.services import calling, managing, unattended
from features.functions.services.calling import FunctionRequest

_SHOWN_CALLS = 50
_REFUSALS = (engine.Invalid, engine.TooLarge, engine.LimitExceeded, engine.Unavailable)


class FunctionPage(SettingsPage):
    """A page about functions. All of them need `design`."""

    page = "functions"

    def open(self, database_id: str, *, collection: str | None = None) -> engine.Database:
        database = super().open(database_id, collection=collection)
        database.require(engine.Action.DESIGN)
        return database


class FunctionsPage(FunctionPage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self.render_page(FunctionForm())

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        form = FunctionForm({"content": FunctionForm().fields["content"].initial, **request.POST.dict()})
        if form.is_valid():
            try:
                created = managing.create_function(
                    self.principal, database_id, members=form.cleaned_data, check=False
                )
            except _REFUSALS as error:
                form.add_errors(error)
            else:
                return self.redirect("function", database_id, created.id, message="Function created.")
        return self.render_page(form, status=BAD_REQUEST)

    def render_page(self, form: FunctionForm, *, status: int = 200) -> HttpResponse:
        functions = managing.list_functions(self.principal, self.database.id)
        context = {"functions": functions, "form": form, "is_invalid": form.is_bound}
        return self.show("functions.html", context, status=status)


class FunctionEditor(FunctionPage):
    """One function: its editor, calls and versions. An old version is shown in the editor by `?version=`."""

    def get(self, request: HttpRequest, database_id: str, function_id: str) -> HttpResponse:
        self.open(database_id)
        return self.render_page(function_id, version_id=request.GET.get("version", ""))

    def post(self, request: HttpRequest, database_id: str, function_id: str) -> HttpResponse:
        self.open(database_id)
        form = FunctionForm(request.POST)
        managing.read_function(self.principal, database_id, function_id)
        if form.is_valid():
            # Browsers send lines with CRLF.
            changes = {**form.cleaned_data, "content": form.cleaned_data["content"].replace("\r\n", "\n")}
            try:
                managing.change_function(self.principal, database_id, function_id, changes=changes, check=True)
            except _REFUSALS as error:
                form.add_errors(error)
            else:
                return self.redirect("function", database_id, function_id, message="Function saved.")
        return self.render_page(function_id, form=form, status=BAD_REQUEST)

    def render_page(
        self,
        function_id: str,
        *,
        form: FunctionForm | None = None,
        run_form: RunForm | None = None,
        result: FunctionResult | None = None,
        version_id: str = "",
        status: int = 200,
    ) -> HttpResponse:
        arguments = (self.principal, self.database.id, function_id)
        function = managing.read_function(*arguments, version_id=version_id)
        context: dict[str, Any] = {
            "crumb": function.name,
            "function": function,
            "form": form or FunctionForm(initial={"name": function.name, "content": function.content}),
            "run_form": run_form or RunForm(),
            "result": result,
            "value": "" if result is None else dumps(result.value).decode(),
            "starts": unattended.read_starts(*arguments),
            "calls": managing.list_invocations(*arguments, limit=_SHOWN_CALLS),
            "shared_id": shared_id_of(self.database.id),
        }
        return self.show("function.html", context, status=status)


class RunFunctionView(FunctionEditor):
    """Calls the newest version as the person who is signed in, and shows what it returns."""

    def get(self, request: HttpRequest, database_id: str, function_id: str) -> HttpResponse:
        self.open(database_id)
        return self.redirect("function", database_id, function_id)

    def post(self, request: HttpRequest, database_id: str, function_id: str) -> HttpResponse:
        self.open(database_id)
        run_form, result = RunForm(request.POST), None
        managing.read_function(self.principal, database_id, function_id)
        if run_form.is_valid():
            function_request = FunctionRequest("POST", {}, run_form.cleaned_data["body"])
            try:
                result = calling.call(self.principal, database_id, function_id, request=function_request)
            except _REFUSALS as error:
                run_form.add_errors(error)
        status = 200 if run_form.is_valid() else BAD_REQUEST
        return self.render_page(function_id, run_form=run_form, result=result, status=status)


class RepublishFunctionView(FunctionPage):
    def post(self, request: HttpRequest, database_id: str, function_id: str) -> HttpResponse:
        self.open(database_id)
        version_id = request.POST.get("version", "-")
        managing.republish(self.principal, database_id, function_id, version_id=version_id, check=False)
        return self.redirect("function", database_id, function_id, message="Version published again.")


class DeleteFunctionView(FunctionPage):
    def post(self, request: HttpRequest, database_id: str, function_id: str) -> HttpResponse:
        self.open(database_id)
        managing.delete_function(self.principal, database_id, function_id)
        return self.redirect("functions", database_id, message="Function deleted.")
