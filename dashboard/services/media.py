"""Files of a database: gallery, upload, details and deletion."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

import engine
import features.files.services
from dashboard.layout import people
from dashboard.layout.base import BAD_REQUEST, DatabasePage

_PAGE_SIZE = 24
_MAX_PAGES = 1_000
_ID = re.compile(r"[0-9a-f]{32}")


class MediaPage(DatabasePage):
    """A page about files."""

    tab = "media"


class MediaView(MediaPage):
    """The gallery, and uploads to it."""

    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id).require(engine.Action.READ)
        return self.render_page()

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        """Store all files or none. Existing names are refused unless `same_names` is set."""
        self.open(database_id).require(engine.Action.INSERT)
        files = request.FILES.getlist("files")
        uploads = [features.files.services.Upload(item.name or "", item.size or 0, item) for item in files]
        try:
            self._check(uploads)
            stored = features.files.services.upload(self.principal, database_id, uploads)
        except (engine.Invalid, engine.TooLarge) as error:
            return self._upload_error(error.message)
        count = len(stored.ids)
        messages.success(request, f"{count} {'file' if count == 1 else 'files'} uploaded.")
        if request.headers.get("HX-Target") == "upload-error":
            return HttpResponseClientRedirect(reverse("dashboard:media", args=[database_id]))
        return self.redirect("media", database_id)

    def _check(self, uploads: list[features.files.services.Upload]) -> None:
        if not uploads:
            raise engine.Invalid("Choose at least one file.")
        if sum(item.size for item in uploads) > settings.MAX_BODY_BYTES:
            raise engine.TooLarge(
                f"Together the files have more than {settings.MAX_BODY_BYTES} bytes (MAX_BODY_BYTES)."
            )
        if self.request.POST.get("same_names") == "on":
            return
        names = features.files.services.repeated_names(
            self.principal, self.database.id, [item.name for item in uploads]
        )
        if names:
            raise engine.Invalid(
                f"These names exist already or are repeated: {', '.join(names[:5])}{'…' if names[5:] else ''}. "
                "Nothing was uploaded. Rename the files, or allow files of the same name."
            )

    def _upload_error(self, message: str) -> HttpResponse:
        if self.request.headers.get("HX-Target") == "upload-error":
            return self.part("parts/upload_error.html", {"error": message}, status=BAD_REQUEST)
        return self.render_page(error=message, status=BAD_REQUEST)

    def render_page(self, *, error: str = "", status: int = 200) -> HttpResponse:
        database = self.database
        search = self.request.GET.get("search", "")[:100]
        number = _page_number(self.request.GET.get("page", "1"))
        files, total = features.files.services.list_files(
            self.principal, database.id, search=search, page=number, page_size=_PAGE_SIZE
        )
        usage = features.files.services.usage(self.principal, database.id)
        context: dict[str, Any] = {
            "files": files,
            "total": total,
            "search": search,
            "newer": _link(search, number - 1) if number > 1 else "",
            "older": _link(search, number + 1) if number * _PAGE_SIZE < total else "",
            "first": (number - 1) * _PAGE_SIZE + 1,
            "last": (number - 1) * _PAGE_SIZE + len(files),
            "usage": usage,
            "is_nearly_full": usage.files > 0.9 * usage.max_files or usage.bytes > 0.9 * usage.max_bytes,
            "may_upload": engine.Action.INSERT in database.allowed,
            "max_file": settings.MAX_FILE_BYTES,
            "max_together": settings.MAX_BODY_BYTES,
            "max_at_once": settings.MAX_FILES_AT_ONCE,
            "base": f"{settings.BASE_URL}/db/{database.id}/media",
            "error": error,
        }
        return self.show("media.html", context, status=status)


class FileView(MediaPage):
    """Details of one file: preview, metadata and address."""

    def get(self, request: HttpRequest, database_id: str, file_id: str) -> HttpResponse:
        database = self.open(database_id)
        file = features.files.services.describe(self.principal, database_id, _check_id(file_id))
        context = {
            "crumb": file.name,
            "file": file,
            "people": people.names(database, {file.by}) | {database.actor: "you"},
            "address": f"{settings.BASE_URL}/db/{database.id}/media/{file.id}",
            "may_delete": engine.Action.DELETE in database.allowed,
        }
        return self.show("file.html", context)


class DeleteFileView(MediaPage):
    def post(self, request: HttpRequest, database_id: str, file_id: str) -> HttpResponse:
        self.open(database_id)
        features.files.services.delete(self.principal, database_id, file_id)
        return self.redirect("media", database_id, message="File deleted.")


def _check_id(file_id: str) -> str:
    """Return the id. A name is refused, because the newest file of a name changes."""
    if not _ID.fullmatch(file_id):
        raise engine.NotFound("File not found.")
    return file_id


def _page_number(text: str) -> int:
    return min(int(text), _MAX_PAGES) if re.fullmatch(r"[1-9][0-9]{0,5}", text) else 1


def _link(search: str, page: int) -> str:
    return "?" + urlencode({**({"search": search} if search else {}), "page": page})
