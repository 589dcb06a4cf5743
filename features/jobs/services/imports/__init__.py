"""Imports of files: reads them, previews them, submits them as jobs, and loads their rows."""

from features.jobs.services.imports.previewing import check_file, preview, rows_of_geojson
from features.jobs.services.imports.rejects import read_rejects
from features.jobs.services.imports.submission import (
    ImportPreview,
    import_options,
    is_inline,
    preview_import,
    submit_import,
)

__all__ = [
    "ImportPreview",
    "check_file",
    "import_options",
    "is_inline",
    "preview",
    "preview_import",
    "read_rejects",
    "rows_of_geojson",
    "submit_import",
]
