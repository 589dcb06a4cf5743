"""The databases of the chosen team, and new databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse

import catalog.services
import engine
import features.jobs.services
import features.jobs.services.imports
import features.jobs.tasks
import features.usage.services
from dashboard.database.database_forms import FILE_TYPES, NewDatabaseForm
from dashboard.layout import charts, sessions
from dashboard.layout.base import BAD_REQUEST, DashboardPage

_PAGE_SIZE = 24
_TEMPLATE_CHOICES = (
    ("empty", "Empty", "Create collections yourself."),
    ("sample", "Sample data", "60 weather stations to try things with."),
    ("file", "From a file", "A JSON file becomes a collection."),
)
SAMPLE_FILE = settings.BASE_DIR / "samples" / "stations.json"


class HomeView(DashboardPage):
    def get(self, request: HttpRequest) -> HttpResponse:
        page_text = request.GET.get("page", "")
        page = max(1, int(page_text)) if page_text.isascii() and page_text.isdigit() else 1
        page = min(page, 100_000)
        search = request.GET.get("search", "")[:100]
        databases, total = catalog.services.queries.list_databases(
            sessions.own_team_only(self.principal), page=page, page_size=_PAGE_SIZE, search=search
        )
        ids = [item["id"] for item in databases]
        requests, writes = features.usage.services.requests_by_hour(ids), features.usage.services.last_writes(ids)
        context = {
            "databases": [self._summary(item, requests[item["id"]], writes.get(item["id"])) for item in databases],
            "search": search,
            "total": total,
            "page": page,
            "pages": -(-total // _PAGE_SIZE),
            "may_create": self.principal.may_create_databases(),
            "url": settings.BASE_URL,
        }
        return self.show("home.html", context)

    def _summary(self, item: dict[str, Any], requests: list[int], last_write: datetime | None) -> dict[str, Any]:
        activity = {"requests": sum(requests), "spark": charts.spark(requests), "last_write": last_write}
        return {**item, **self._counts(item["id"]), **activity}

    def _counts(self, database_id: str) -> dict[str, int]:
        """Return document count and size; nothing if the database was dropped after it was listed."""
        try:
            database = catalog.services.access.open_database(self.principal, database_id)
            documents = sum(database.collection(name).count() for name in database.specs)
            return {"documents": documents, "bytes": database.size().data}
        except engine.NotFound:
            return {}


class NewDatabaseView(DashboardPage):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show("database_new.html", {"form": NewDatabaseForm(), "choices": _TEMPLATE_CHOICES})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewDatabaseForm(request.POST, request.FILES)
        if form.is_valid() and self._is_readable(form):
            try:
                database = catalog.services.creation.create_empty_database(
                    self.principal, name=form.cleaned_data["name"]
                )
            except (engine.Invalid, engine.TooLarge) as error:
                form.add_errors(error, names={"db_name": "name"})
                form.suggest_name()
            else:
                try:
                    job_id = self._fill(database, form.cleaned_data)
                    return (
                        self.redirect("job", database.id, job_id)
                        if job_id
                        else self.redirect("database", database.id)
                    )
                except (engine.Invalid, engine.TooLarge, engine.Conflict) as error:
                    catalog.services.deletion.discard_new_database(self.principal, database.id)
                    form.add_error("file", f"{error.message} No database was created.")
        return self.show("database_new.html", {"form": form, "choices": _TEMPLATE_CHOICES}, status=BAD_REQUEST)

    def _is_readable(self, form: NewDatabaseForm) -> bool:
        """Check the file, if any, before a database is created for it."""
        file = form.cleaned_data["file"]
        if form.cleaned_data["template"] != "file":
            return True
        try:
            if file.size > settings.MAX_IMPORT_BYTES:
                raise engine.TooLarge(
                    f"The file is larger than {settings.MAX_IMPORT_BYTES} bytes (MAX_IMPORT_BYTES)."
                )
            features.jobs.services.imports.check_file(
                file, features.jobs.services.imports.import_options(file.name), size=file.size
            )
        except engine.Error as error:
            form.add_error("file", f"{file.name} cannot be read: {error.message} Supported: {FILE_TYPES}.")
            return False
        return True

    def _fill(self, database: engine.Database, values: dict[str, Any]) -> str | None:
        """Import the sample or the file. Return the id of a job that still runs, else None. Raises if it fails."""
        if values["template"] == "sample":
            with SAMPLE_FILE.open("rb") as file:
                return self._import(database, file, name=SAMPLE_FILE.name, size=SAMPLE_FILE.stat().st_size)
        if values["template"] == "file":
            file = values["file"]
            return self._import(database, file, name=file.name, size=file.size)
        messages.success(self.request, f"The database {database.name} is created.")
        return None

    def _import(self, database: engine.Database, file: Any, *, name: str, size: int) -> str | None:
        inline = features.jobs.services.imports.is_inline(file, size=size)
        job_id = features.jobs.services.imports.submit_import(
            self.principal,
            database_id=database.id,
            collection=None,
            file_name=name,
            file=file,
            size=size,
            rows_from=features.jobs.services.imports.rows_of_geojson(file),
        )
        if not inline:
            features.jobs.tasks.enqueue(job_id)
            return job_id
        features.jobs.services.run(job_id)
        self._report(features.jobs.services.status(self.principal, job_id), name)
        return None

    def _report(self, status: features.jobs.services.Status, name: str) -> None:
        """Show the result of an import. Raises `Invalid` if it failed."""
        if status.state == "failed":
            raise engine.Invalid(f"{name} was not imported: {status.message}")
        if status.state == "done":
            text = (
                f"Database created. {status.inserted_count:,} documents are in the collection {status.collection}."
            )
            messages.success(self.request, text)
        else:
            messages.info(
                self.request, f"The import of {name} continues. The collection appears when it is complete."
            )
