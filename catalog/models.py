"""Models of the catalog: databases and collections, their owners and schemas."""

from django.db import models
from django.db.models import Q

from catalog.naming import new_readonly_id


class State(models.TextChoices):
    """State of an entry. Only READY entries are visible; an import or a clone fills a FILLING entry.

    `sweep` removes CREATING and DROPPING entries that a crash left behind.
    """

    CREATING = "creating"
    FILLING = "filling"
    READY = "ready"
    DROPPING = "dropping"


class Cluster(models.Model):
    """A MongoDB cluster beside that of MONGODB_URI. `address` is its URI, encrypted; see services.stores."""

    name = models.CharField(max_length=50, unique=True)
    address = models.TextField()
    takes_new = models.BooleanField(default=False, help_text="Whether new databases are created there.")
    created_at = models.DateTimeField(auto_now_add=True)


class Database(models.Model):
    public_id = models.CharField(max_length=24, unique=True)
    # Null only while the database is being dropped with its owner's account.
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.PROTECT, related_name="databases")
    created_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    physical = models.CharField(max_length=63, unique=True)
    cluster = models.CharField(max_length=50, default="main", help_text="Name of a cluster; see services.stores.")
    moving = models.BooleanField(default=False, help_text="Whether writes are refused, at the end of a move.")
    moved = models.CharField(
        max_length=4300,
        default="",
        blank=True,
        help_text="After a move: the token of the last change before it, and that from which changes are read now.",
    )
    state = models.CharField(max_length=10, choices=State, default=State.CREATING)
    rest = models.JSONField(default=dict, help_text="Settings of the REST dialect; see catalog.services.rest.")
    entity_types = models.JSONField(
        default=dict, help_text="Declared entity types by title; see catalog.services.entity_types."
    )
    shared_id = models.CharField(
        max_length=100, null=True, unique=True, help_text="Replaces `public_id` in the Airsequel dialect."
    )
    readonly_id = models.CharField(max_length=40, unique=True, default=new_readonly_id)
    public = models.BooleanField(default=False, help_text="Whether everyone who knows its id may read it.")
    schema_locked = models.BooleanField(default=False)
    attributes = models.JSONField(default=dict, help_text="See catalog.services.metadata.attributes.")
    expires_at = models.DateTimeField(
        null=True, db_index=True, help_text="Of a database that belongs to nobody; see services.metadata.anonymous."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["team", "name"], condition=~Q(state=State.DROPPING), name="database_name_once_a_team"
            ),
        )


class MoveState(models.TextChoices):
    """COPYING: nothing of the database has changed. FENCED: writes are refused. MOVED: the copy is the database."""

    COPYING = "copying"
    FENCED = "fenced"
    MOVED = "moved"


class DatabaseMove(models.Model):
    """A move of a database between clusters. The process that holds the lease continues it; when the lease has
    expired, another one rolls the move back or completes it.

    It outlives the database: what a move has stored is removed also if the database is dropped.
    """

    database_id = models.CharField(max_length=24, unique=True)
    physical = models.CharField(max_length=63)
    source = models.CharField(max_length=50)
    target = models.CharField(max_length=50)
    state = models.CharField(max_length=10, choices=MoveState, default=MoveState.COPYING)
    lease_owner = models.CharField(max_length=32)
    lease_until = models.DateTimeField()
    position = models.CharField(max_length=40, default="", help_text="Of the source, when the database was moved.")
    moved_at = models.DateTimeField(null=True)


class Collection(models.Model):
    database = models.ForeignKey(Database, on_delete=models.CASCADE, related_name="collections")
    name = models.CharField(max_length=100)
    physical = models.CharField(max_length=63)
    fields = models.JSONField(default=list)
    strict = models.BooleanField(default=False)
    history = models.BooleanField(default=True)
    history_days = models.PositiveIntegerField(null=True, help_text="Days for which superseded versions are kept.")
    history_versions = models.PositiveIntegerField(
        null=True, help_text="Maximum number of versions of one document."
    )
    history_since = models.DateTimeField(null=True, help_text="Start of the complete history; null: no limit.")
    rules = models.JSONField(null=True, help_text="A JSON Schema.")
    title_field = models.CharField(
        max_length=100, blank=True, default="", help_text="The field that names a document."
    )
    table = models.JSONField(default=dict, help_text="See catalog.services.metadata.tables.")
    state = models.CharField(max_length=10, choices=State, default=State.CREATING)
    filler = models.CharField(max_length=32, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["database", "name"],
                condition=~Q(state=State.DROPPING),
                name="collection_name_once_a_database",
            ),
        )


class SchemaVersion(models.Model):
    """A superseded version of a collection's schema; the present one is in the collection's own columns.

    `declared` has the columns of `services.metadata.schema_history`, in force from `since` until `until`.
    """

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="schema_versions")
    version = models.PositiveIntegerField()
    declared = models.JSONField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    superseded_by = models.CharField(max_length=40)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["collection", "version"], name="one_schema_of_each_version"),
        )


class ColumnPreference(models.Model):
    """The columns of a collection that a user sees in the dashboard, in order."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="column_preferences")
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    columns = models.JSONField(help_text="Names of top-level fields.")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["collection", "user"], name="one_column_preference_per_person"),
        )
