"""Services of the catalog: databases and collections, one module for each subject.

An entry is created in three steps (row CREATING, storage, row READY) and dropped in three (row DROPPING, storage
removed, row removed). After a crash between two steps the entry is invisible, and `deletion.sweep` finishes it.
"""

from catalog.services import (
    access,
    cloning,
    columns,
    creation,
    deletion,
    entity_types,
    hidden_fields,
    import_target,
    metadata,
    queries,
    rest,
    retention,
    schema_changes,
)

__all__ = [
    "access",
    "cloning",
    "columns",
    "creation",
    "deletion",
    "entity_types",
    "hidden_fields",
    "import_target",
    "metadata",
    "queries",
    "rest",
    "retention",
    "schema_changes",
]
