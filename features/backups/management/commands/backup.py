"""`manage.py backup`: writes a backup of the installation, or checks one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

import engine
from features.backups import schedule, services
from features.backups.progress import described, shown


class Command(BaseCommand):
    help = "Write a backup of the installation into a new file, or check one with --check."

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """Return a parser that names the command as people call it."""
        return super().create_parser("datacube", subcommand, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="by default a new file in BACKUP_DIRECTORY")
        parser.add_argument("--check", action="store_true", help="read an existing backup to its end instead")

    def handle(self, *arguments: Any, **options: Any) -> None:
        path, password = options["file"] or schedule.new_path(), settings.BACKUP_PASSWORD
        try:
            if options["check"]:
                summary = services.check(path, password=password)
            else:
                with shown("databases") as progress:
                    summary = services.take(path, password=password, progress=progress)
        except (engine.Error, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(described(summary))
