"""Databases of CSV files: a new one, or the content of an existing one."""

from __future__ import annotations

from itertools import islice

from django.conf import settings

import engine
from accounts.principal import AccountPrincipal, AnonymousPrincipal
from catalog.limits import check_unowned
from catalog.naming import with_suffix
from catalog.services.access import open_database
from catalog.services.creation import add_collections
from catalog.services.deletion import drop_collections, drop_database
from catalog.services.metadata.attributes import change_profile
from catalog.services.metadata.databases import MAX_TITLE, create_titled_database
from catalog.services.metadata.renaming import rename_collection
from catalog.services.metadata.tables import declare_table
from dialects.airsequel.platform.columns import TableDraft
from dialects.airsequel.platform.files.csv_file import CsvTable, read_csv
from dialects.airsequel.platform.files.file_cells import discard_files, file_fields_of, files_in
from engine import Action
from engine.errors import invalid

_SURFACE = "airsequel"


def create_of_file(principal: AccountPrincipal, name: str, content: bytes) -> str:
    """Create a database with the table of a CSV file, and return its id. Raises `Invalid` with every error."""
    parsed = read_csv(name, content)
    title = (name.rsplit("/", 1)[-1].rpartition(".")[0] or "database")[:MAX_TITLE]
    attributes = {"file_name": name[-MAX_TITLE:], "file_format": "csv"}
    database_id = create_titled_database(principal, title=title, attributes=attributes)
    try:
        _fill(principal, database_id, parsed)
    except engine.Error:
        database = open_database(principal, database_id)
        drop_database(principal, database_id, confirmation=database.name)
        raise
    return database_id


def replace_by_file(principal: AccountPrincipal, database_id: str, name: str, content: bytes) -> None:
    """Replace all tables of a database by the one of a CSV file. Needs `own`; nothing changes on an error.

    The new table is filled under another name before the others are dropped.
    """
    database = open_database(principal, database_id)
    database.require(Action.OWN)
    parsed = read_csv(name, content)
    table = TableDraft(with_suffix(parsed.table.name[:80]), parsed.table.columns)
    try:
        _fill(principal, database_id, CsvTable(table, parsed.rows))
    except engine.Error:
        if table.name in open_database(principal, database_id, collection=table.name).specs:
            drop_collections(principal, database_id, names=[table.name])
        raise
    present = open_database(principal, database_id)
    previous = [item for item in present.specs if item != table.name]
    files = [
        file_id for name, fields in file_fields_of(present).items() for file_id in files_in(present, name, fields)
    ]
    if previous:
        drop_collections(principal, database_id, names=previous)
        discard_files(principal, database_id, files)
    rename_collection(principal, database_id, table.name, to=parsed.table.name)
    attributes = {"file_name": name[-MAX_TITLE:], "file_format": "csv"}
    change_profile(principal, database_id, attributes=attributes)


def _fill(principal: AccountPrincipal, database_id: str, parsed: CsvTable) -> None:
    """Create the table and insert its rows, in batches."""
    table = parsed.table
    if isinstance(principal, AnonymousPrincipal):
        check_unowned(documents=len(parsed.rows))
    try:
        add_collections(principal, database_id, collections=[table.as_collection()], fields_required=False)
    except engine.Invalid as error:
        raise invalid(
            [engine.FieldError("file", f"{issue.field}: {issue.message}") for issue in error.errors]
        ) from error
    declare_table(principal, database_id, table.name, columns=table.declarations)
    database = open_database(principal, database_id, collection=table.name, surface=_SURFACE)
    documents = parsed.documents()
    while batch := list(islice(documents, settings.IMPORT_BATCH_DOCUMENTS)):
        database.collection(table.name).insert(batch)
