"""`datacube maintenance`: makes all processes refuse writes while reads go on."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audit.origin import COMMAND, origin
from features.environment import services

# Each process reads the state every second.
_APPLIED_SECONDS = 3


class Command(BaseCommand):
    help = "Refuse all writes with 503 and Retry-After while reads go on, in all processes; or end that."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """Return a parser that names the command as people call it."""
        return super().create_parser("datacube", subcommand, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("state", choices=("on", "off", "status"))
        parser.add_argument("--message", default="", help="added to the answers, such as: Until 14:00 UTC.")
        parser.add_argument("--no-wait", action="store_true", help="do not wait until all processes have read it")

    def handle(self, *arguments: Any, **options: Any) -> None:
        origin.set(COMMAND)
        if options["state"] == "status":
            message = services.maintenance()
            self.stdout.write("off" if message is None else f"on {message}".rstrip())
            sys.exit(0 if message is None else 3)
        services.set_maintenance(options["message"] if options["state"] == "on" else None)
        if not options["no_wait"]:
            time.sleep(_APPLIED_SECONDS)
        is_on = options["state"] == "on"
        self.stdout.write("Writes are refused." if is_on else "Writes are accepted.")
