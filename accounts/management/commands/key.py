"""`datacube key`: creates, lists, rotates and revokes API keys of this installation."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

import engine
from accounts.principal import PersonPrincipal
from accounts.services import keys, people, principals
from accounts.services.managing.rotation import rotate_key
from audit.origin import COMMAND, origin

_ACTIONS = tuple(action.value for action in engine.Action)


class Command(BaseCommand):
    help = "Create, list, rotate and revoke API keys of a user's team."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """Return a parser that names the command as people call it."""
        return super().create_parser("datacube", subcommand, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        new = actions.add_parser("create", help="create a key and print it, once")
        new.add_argument("name")
        new.add_argument("--database", action="append", metavar="ID", help="limit it to this one; can be repeated")
        new.add_argument("--allow", action="append", choices=_ACTIONS, help="can be repeated; by default documents")
        new.add_argument("--days", type=int, metavar="N", help="days until it expires; by default it does not")
        listing = actions.add_parser("list", help="list the keys of the team")
        listing.add_argument("--json", action="store_true", help="one JSON object in each line")
        rotation = actions.add_parser("rotate", help="give a key a new text; the old one works for a while")
        rotation.add_argument("id")
        rotation.add_argument("--overlap-hours", type=float, default=24.0, help="by default %(default)s")
        revocation = actions.add_parser("revoke", help="revoke a key for ever")
        revocation.add_argument("id")
        for action in (new, listing, rotation, revocation):
            _add_owner(action)

    def handle(self, *arguments: Any, **options: Any) -> None:
        origin.set(COMMAND)
        try:
            getattr(self, f"_{options['action']}")(_principal(options), options)
        except engine.Error as error:
            lines = [error.message, *(item.message for item in error.errors if item.message != error.message)]
            raise CommandError("\n".join(lines)) from error

    def _create(self, principal: PersonPrincipal, options: dict[str, Any]) -> None:
        keys.check_databases(principal, options["database"])
        key = keys.create_key(
            principal,
            name=options["name"],
            databases=options["database"],
            actions=options["allow"],
            expires_at=None if options["days"] is None else timezone.now() + timedelta(days=options["days"]),
        )
        self._print_new(key)

    def _list(self, principal: PersonPrincipal, options: dict[str, Any]) -> None:
        for key in keys.list_keys(principal):
            self.stdout.write(json.dumps(_row(key)) if options["json"] else _line(key))

    def _rotate(self, principal: PersonPrincipal, options: dict[str, Any]) -> None:
        overlap = timedelta(hours=options["overlap_hours"])
        self._print_new(rotate_key(principal, key_id=options["id"], overlap=overlap))

    def _revoke(self, principal: PersonPrincipal, options: dict[str, Any]) -> None:
        keys.revoke_key(principal, key_id=options["id"])
        self.stdout.write("Revoked. Running services refuse the key within CACHE_SECONDS.")

    def _print_new(self, key: keys.Key) -> None:
        """Print the text of a key alone on the standard output, so that a script can store it."""
        self.stderr.write(f"Key {key.id}; it is shown only now:")
        self.stdout.write(key.text or "")


def _line(key: keys.Key) -> str:
    databases = "all databases" if key.databases is None else ",".join(key.databases)
    used = f"used {key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
    until = f", until {key.expires_at:%Y-%m-%d}" if key.expires_at else ""
    return f"{key.id:>6}  {key.prefix}  {key.name}: {','.join(key.actions)}; {databases}; {used}{until}"


def _row(key: keys.Key) -> dict[str, Any]:
    row = {"id": key.id, "name": key.name, "prefix": key.prefix, "actions": key.actions, "databases": key.databases}
    times = {"expires_at": key.expires_at, "last_used_at": key.last_used_at}
    return row | {name: time and time.isoformat() for name, time in times.items()}


def _add_owner(parser: ArgumentParser) -> None:
    parser.add_argument("--user", required=True, metavar="EMAIL", help="the user whose team has the key")
    parser.add_argument("--team", type=int, metavar="ID", help="another team of that user than the personal one")


def _principal(options: dict[str, Any]) -> PersonPrincipal:
    """Return the user that the options name, in the team that they name. Raises `CommandError` for another team."""
    principal = principals.principal_of_user(people.id_of(options["user"]))
    team = options["team"]
    if team is None:
        return principal
    if team not in principal.teams:
        raise CommandError(
            f"{options['user']} is not a member of the team {team}; teams: {sorted(principal.teams)}."
        )
    return replace(principal, home_team=team)
