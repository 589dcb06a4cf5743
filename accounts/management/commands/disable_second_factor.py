"""`manage.py disable_second_factor EMAIL`: lets a person who lost app and recovery codes sign in by password."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import services
from audit.origin import COMMAND, origin


class Command(BaseCommand):
    help = "Turn two-step sign-in of an account off. Its owner gets a mail."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *arguments: Any, email: str, **options: Any) -> None:
        origin.set(COMMAND)
        if not services.second_factor.enrolment.remove_by_email(email):
            raise CommandError(f"No account with two-step sign-in has the address {email}.")
        self.stdout.write(f"Two-step sign-in of {email} is off.")
