"""Imports: a file into a database, a text into a collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from datacube_client.core.effects import JSON, Flow
from datacube_client.core.operation import Content, Resource, operation, texts
from datacube_client.resources.jobs import Progress, finished

# The service then takes the format from the parameter.
_TEXT = {"Content-Type": "text/plain; charset=utf-8"}


class FileImportOperations(Resource):
    """Imports of files into one database."""

    @operation
    def import_file(
        self,
        file: Path | Content,
        *,
        collection: str | None = None,
        file_name: str | None = None,
        format: str | None = None,
        columns: Mapping[str, Any] | None = None,
        on_error: str | None = None,
        key: str | None = None,
        on_duplicate: str | None = None,
        dry_run: bool | None = None,
        wait: bool = True,
        progress: Progress | None = None,
    ) -> Flow[JSON]:
        """Import a JSON, CSV or TSV file, which may be compressed by gzip.

        `file` is a path, bytes, or a file opened in binary mode; without `collection` and `format` its name counts.
        A row whose field `key` has the value of a document is an error, or by `on_duplicate` is left out (`skip`),
        merged (`upsert`) or replaces it (`replace`).
        A large import is a job: `progress` is called with its record twice a second. Raises `JobFailedError`.
        """
        name = file_name or str(getattr(file, "name", "import.json"))
        form = {"format": format, "columns": columns, "on_error": on_error, "dry_run": dry_run}
        form |= {"collection_name": collection, "key": key, "on_duplicate": on_duplicate}
        return _import_file(self, file, Path(name).name, form, wait, progress)


class TextImportOperations(Resource):
    """Imports of texts into one collection."""

    @operation
    def import_text(
        self,
        text: str | bytes,
        *,
        format: str | None = None,
        columns: Mapping[str, Any] | None = None,
        on_error: str | None = None,
        key: str | None = None,
        on_duplicate: str | None = None,
        dry_run: bool | None = None,
        wait: bool = True,
        progress: Progress | None = None,
    ) -> Flow[JSON]:
        """Import a text, by default JSON, as `import_file` does. `format` is `json`, `csv` or `tsv`."""
        query = {"format": format, "columns": columns, "on_error": on_error, "dry_run": dry_run}
        request = self._request("POST /api/import_text", _TEXT, query | {"key": key, "on_duplicate": on_duplicate})
        arguments = {"params": texts(request.arguments["json"]), "content": text}
        return finished(self, self._send(replace(request, arguments=arguments)), wait=wait, progress=progress)


def _import_file(
    resource: Resource,
    file: Path | Content,
    name: str,
    form: Mapping[str, Any],
    wait: bool,
    progress: Progress | None,
) -> Flow[JSON]:
    """Upload a file for an import, and close it if it was opened here."""
    content = file.open("rb") if isinstance(file, Path) else file
    try:
        request = resource._upload("POST /api/import_data", [("json_file", (name, content))], **form)
        return (yield from finished(resource, request, wait=wait, progress=progress))
    finally:
        if isinstance(file, Path) and not isinstance(content, bytes):
            content.close()
