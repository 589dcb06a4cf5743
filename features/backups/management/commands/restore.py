"""`manage.py restore`: fills an empty installation from a backup."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

import accounts.services
import engine
from features.backups.locations import local_copy, parse_location
from features.backups.one_database import restore_database
from features.backups.progress import described, shown
from features.backups.services import Progress, databases, restore


class Command(BaseCommand):
    help = (
        "Fill this installation, which must be empty, from a backup, and check what was stored; with --database"
        " restore that one into an installation in use, with --owner the archive of one database."
    )

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """Return a parser that names the command as people call it."""
        return super().create_parser("datacube", subcommand, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a path, or s3://BUCKET/KEY")
        parser.add_argument("--database", metavar="ID", help="restore this database alone")
        parser.add_argument("--owner", metavar="EMAIL", help="restore the archive of one database for this person")
        parser.add_argument("--overwrite", action="store_true", help="drop what a stopped restore left in MongoDB")
        parser.add_argument("--name", default="", help="of the restored database; by default as it was")
        parser.add_argument(
            "--as-of", metavar="TIME", type=_time, help="take the database back to this time, in ISO 8601, UTC"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="only print what --as-of changes; the database is given up again"
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        if options["name"] and not (options["database"] or options["owner"]):
            raise CommandError("--name is for a restore of one --database, or for an --owner.")
        if options["as_of"] and not (options["database"] or options["owner"]):
            raise CommandError("--as-of is for a restore of one --database, or for an --owner.")
        if options["dry_run"] and not options["as_of"]:
            raise CommandError("--dry-run needs --as-of: it prints what differs from the backup.")
        try:
            with shown("collections") as progress:
                self.stdout.write(_restored(progress, options))
        except (engine.Error, OSError) as error:
            raise CommandError(str(error)) from error


def _restored(progress: Progress, options: Mapping[str, Any]) -> str:
    """Restore what the options name, and say what it was."""
    location, password = parse_location(options["file"]), settings.BACKUP_PASSWORD
    rewinding = {"at": options["as_of"], "dry_run": options["dry_run"]}
    if options["owner"]:
        team = accounts.services.people.personal_team(options["owner"])
        with local_copy(location) as copy:
            database_id, result = databases.restore_file(
                copy.path,
                team=team,
                name=options["name"],
                progress=lambda count: progress(count, count, str(location)),
                **rewinding,
            )
        return _restored_lines("the archive", database_id, result, options)
    if options["database"] is None:
        summary = restore(location, password=password, overwrite=options["overwrite"], progress=progress)
        return f"Restored. {described(summary)}"
    database_id, result = restore_database(
        location, options["database"], name=options["name"], password=password, progress=progress, **rewinding
    )
    return _restored_lines(f"the database {options['database']}", database_id, result, options)


def _restored_lines(source: str, database_id: str, result: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """Return the lines about a restored database, with what a time has changed in each collection."""
    if not result:
        return f"Restored {source} as {database_id}."
    lines = [
        f"{name}: {counts['changed']:,} documents changed, {counts['deleted']:,} deleted,"
        f" {counts['restored']:,} restored{'; the schema too' if counts.get('schema_restored') else ''}."
        for name, counts in result["collections"].items()
    ]
    lines += [f"{name}: as in the backup, it has no history." for name in result["skipped"]]
    end = "Nothing was restored." if options["dry_run"] else f"Restored {source} as {database_id}."
    return "\n".join([*lines, end])


def _time(text: str) -> datetime:
    """Return a time as naive UTC; argparse reports a ValueError."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)
