"""`datacube user`: creates, lists and deactivates users of this installation, and sets their passwords."""

from __future__ import annotations

import getpass
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

import engine
from accounts.services import passwords, people
from audit.origin import COMMAND, origin

_DATE = "%Y-%m-%d"


class Command(BaseCommand):
    help = "Create, list and deactivate users of this installation, and set their passwords."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """Return a parser that names the command as people call it."""
        return super().create_parser("datacube", subcommand, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        new = actions.add_parser("create", help="create a user whose address counts as verified")
        new.add_argument("email")
        new.add_argument("--first-name", default="")
        new.add_argument("--last-name", default="")
        new.add_argument("--admin", action="store_true", help="as an administrator of the installation")
        listing = actions.add_parser("list", help="list all users")
        listing.add_argument("--json", action="store_true", help="one JSON object in each line")
        deactivation = actions.add_parser("deactivate", help="end the sessions and keys of a user")
        deactivation.add_argument("email")
        password = actions.add_parser("password", help="set the password of a user, which ends all sessions")
        password.add_argument("email")
        for parser_with_password in (new, password):
            parser_with_password.add_argument(
                "--stdin", action="store_true", help="read the password from the standard input without asking"
            )

    def handle(self, *arguments: Any, **options: Any) -> None:
        origin.set(COMMAND)
        try:
            getattr(self, f"_{options['action']}")(options)
        except engine.Error as error:
            lines = [error.message, *(item.message for item in error.errors if item.message != error.message)]
            raise CommandError("\n".join(lines)) from error

    def _create(self, options: dict[str, Any]) -> None:
        names = {name: options[name] for name in ("first_name", "last_name")}
        password = _password(from_stdin=options["stdin"])
        profile = people.create_verified(options["email"], password=password, is_admin=options["admin"], **names)
        self.stdout.write(f"Created {profile.email}, user {profile.id}.")

    def _list(self, options: dict[str, Any]) -> None:
        for profile in people.list_people():
            marks = {
                "administrator": profile.is_admin,
                "not verified": not profile.email_verified,
                "deactivated": not profile.is_active,
            }
            if options["json"]:
                row = {"id": profile.id, "email": profile.email, "active": profile.is_active}
                row |= {"admin": profile.is_admin, "verified": profile.email_verified}
                self.stdout.write(json.dumps(row | {"created_at": profile.created_at.isoformat()}))
                continue
            text = ", ".join(name for name, applies in marks.items() if applies)
            self.stdout.write(f"{profile.id:>6}  {profile.created_at:{_DATE}}  {profile.email}  {text}".rstrip())

    def _deactivate(self, options: dict[str, Any]) -> None:
        people.deactivate(people.id_of(options["email"]))
        self.stdout.write("Deactivated. Running services refuse the sessions and keys within CACHE_SECONDS.")

    def _password(self, options: dict[str, Any]) -> None:
        user_id = people.id_of(options["email"])
        passwords.set_password(user_id, _password(from_stdin=options["stdin"]))
        self.stdout.write("The password is set, and all sessions have ended.")


def _password(*, from_stdin: bool) -> str:
    """Return the password that was entered twice, or the first line of the standard input."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask for the password: use --stdin.")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise CommandError("The two passwords differ.")
    return password
