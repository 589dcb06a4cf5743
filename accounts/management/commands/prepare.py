"""`manage.py prepare`: prepares the SQL database for a start of the service, in one process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from accounts import mail, services


class Command(BaseCommand):
    help = "Apply the migrations, and write the link of `first_link` (or nothing) into a private file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--link-file", type=Path, required=True)

    def handle(self, *arguments: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, skip_checks=True, stdout=self.stdout, stderr=self.stderr)
        token = services.first_account.first_link_token()
        link = "" if token is None else mail.link(f"/dashboard/start/{token}")
        private = os.open(options["link_file"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(private, "w") as file:
            file.write(link)
