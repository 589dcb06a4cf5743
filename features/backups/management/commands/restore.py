"""`manage.py restore`: fills an empty installation from a backup."""

from __future__ import annotations

from collections.abc import Mapping
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

    def handle(self, *arguments: Any, **options: Any) -> None:
        if options["name"] and not (options["database"] or options["owner"]):
            raise CommandError("--name is for a restore of one --database, or for an --owner.")
        try:
            with shown("collections") as progress:
                self.stdout.write(_restored(progress, options))
        except (engine.Error, OSError) as error:
            raise CommandError(str(error)) from error


def _restored(progress: Progress, options: Mapping[str, Any]) -> str:
    """Restore what the options name, and say what it was."""
    location, password = parse_location(options["file"]), settings.BACKUP_PASSWORD
    if options["owner"]:
        team = accounts.services.people.personal_team(options["owner"])
        with local_copy(location) as copy:
            database_id = databases.restore_file(
                copy.path,
                team=team,
                name=options["name"],
                progress=lambda count: progress(count, count, str(location)),
            )
        return f"Restored the archive as {database_id}."
    if options["database"] is None:
        summary = restore(location, password=password, overwrite=options["overwrite"], progress=progress)
        return f"Restored. {described(summary)}"
    database_id = restore_database(
        location, options["database"], name=options["name"], password=password, progress=progress
    )
    return f"Restored the database {options['database']} as {database_id}."
