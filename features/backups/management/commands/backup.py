"""`manage.py backup`: writes a backup of the installation, lists backups, or checks one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

import engine
from features.backups import schedule, services
from features.backups.locations import NAME, directory, parse_location
from features.backups.progress import described, shown


class Command(BaseCommand):
    help = "Write a backup of the installation into a new file, check one with --check, or --list them."

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """Return a parser that names the command as people call it."""
        return super().create_parser("datacube", subcommand, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            nargs="?",
            help="a path, or s3://BUCKET/KEY; by default a new one in BACKUP_BUCKET or BACKUP_DIRECTORY",
        )
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--check", action="store_true", help="read an existing backup to its end instead")
        choice.add_argument("--list", action="store_true", help="print the backups and their sizes instead")

    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            for line in _lines(options):
                self.stdout.write(line)
        except (engine.Error, OSError) as error:
            raise CommandError(str(error)) from error


def _lines(options: Mapping[str, Any]) -> Iterator[str]:
    """Do what the options say, and yield what to print."""
    if options["list"]:
        yield from _listed()
    elif options["check"]:
        if not options["file"]:
            raise CommandError("Name the backup that is to be checked; --list prints them.")
        yield described(services.check(parse_location(options["file"]), password=settings.BACKUP_PASSWORD))
    else:
        yield described(_taken(options["file"]))


def _taken(file: str | None) -> services.Summary:
    with shown("databases") as progress:
        if file is None:
            return schedule.take_now(directory(), progress=progress)
        return services.take(parse_location(file), password=settings.BACKUP_PASSWORD, progress=progress)


def _listed() -> Iterator[str]:
    """Yield a line for each backup with a name of the time, the oldest first."""
    place = directory()
    for name in filter(NAME.fullmatch, place.names()):
        location = place.location(name)
        yield f"{location}: {location.size():,} bytes."
