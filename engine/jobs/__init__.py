"""Long work over a whole collection: change of its schema, restore, clone, storage."""

from engine.jobs.clone import Clone, FileClone
from engine.jobs.index_migration import name_after
from engine.jobs.keyed_import import ImportKey, KeyedImport, Ledger, OnDuplicate, RollbackCounts, preview_rows
from engine.jobs.migrate import Migration, Report
from engine.jobs.numbering import Numbering
from engine.jobs.relocation import Relocation
from engine.jobs.restore import Restoration
from engine.jobs.rewrite import RewriteCounts
from engine.jobs.rule_renaming import renamed_rules
from engine.jobs.schema_change import Drop, Rename, SchemaChange, declared_by, parse_steps
from engine.jobs.schema_change import as_json as steps_as_json
from engine.jobs.storage import drop_storage, make_storage

__all__ = [
    "Clone",
    "Drop",
    "FileClone",
    "ImportKey",
    "KeyedImport",
    "Ledger",
    "Migration",
    "Numbering",
    "Relocation",
    "Rename",
    "OnDuplicate",
    "Report",
    "SchemaChange",
    "Restoration",
    "RewriteCounts",
    "RollbackCounts",
    "declared_by",
    "drop_storage",
    "make_storage",
    "name_after",
    "parse_steps",
    "preview_rows",
    "renamed_rules",
    "steps_as_json",
]
