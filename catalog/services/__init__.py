"""Services of the catalog: databases and collections.

An entry is created in three steps (row CREATING, storage, row READY) and dropped in three (row DROPPING, storage
removed, row removed). After a crash between two steps the entry is invisible, and `sweep` finishes it.
"""

from catalog.services.access import (
    abort_orphaned_transactions,
    change_stream,
    lock_database,
    open_database,
    open_feed,
    open_for_service,
    open_public_files,
    pop_opened_database,
    public_specs,
    resolve_database_id,
    store,
    team_of,
    unknown_databases,
)
from catalog.services.cloning import abandon_clone, begin_clone, open_clone, open_clone_files, publish_clone
from catalog.services.columns import get_columns, set_columns
from catalog.services.creation import (
    add_collections,
    create_database,
    create_empty_database,
    ensure_collections,
    planned_specs,
)
from catalog.services.deletion import (
    discard_new_database,
    drop_collections,
    drop_database,
    drop_databases_of_teams,
    reassign_databases,
    sweep,
)
from catalog.services.import_target import abandon_filling, open_filling, publish
from catalog.services.queries import (
    count_collections,
    describe_database,
    export_databases,
    list_databases,
    measure_databases,
    sources,
    stats,
)
from catalog.services.rest import RestSettings, change_rest_settings, read_rest_settings
from catalog.services.retention import describe_collection, forget_history, prune
from catalog.services.schema_changes import SchemaPlan, migration, plan_schema, publish_schema

__all__ = [
    "RestSettings",
    "SchemaPlan",
    "abandon_clone",
    "abort_orphaned_transactions",
    "abandon_filling",
    "add_collections",
    "begin_clone",
    "change_rest_settings",
    "count_collections",
    "create_database",
    "create_empty_database",
    "describe_collection",
    "describe_database",
    "discard_new_database",
    "drop_collections",
    "drop_database",
    "drop_databases_of_teams",
    "ensure_collections",
    "export_databases",
    "forget_history",
    "get_columns",
    "reassign_databases",
    "lock_database",
    "resolve_database_id",
    "list_databases",
    "measure_databases",
    "migration",
    "open_clone",
    "open_clone_files",
    "open_database",
    "unknown_databases",
    "open_feed",
    "open_filling",
    "open_for_service",
    "open_public_files",
    "plan_schema",
    "planned_specs",
    "prune",
    "public_specs",
    "publish",
    "read_rest_settings",
    "publish_clone",
    "publish_schema",
    "set_columns",
    "stats",
    "store",
    "sources",
    "sweep",
    "change_stream",
    "pop_opened_database",
    "team_of",
]
