"""`manage.py team_limits TEAM [NAME=VALUE …]`: shows and sets the limits of a team."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.restrictions.limits import DEFAULTS, OPTIONAL, team_limit
from accounts.services.quotas import team_limits
from audit.origin import COMMAND, origin
from engine import Error

_DEFAULT = "default"


class Command(BaseCommand):
    help = "Show the limits of a team, and set those that are named; they apply within two seconds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("team", help="The id of a team, or the e-mail address of a person.")
        parser.add_argument(
            "limits",
            nargs="*",
            metavar="NAME=VALUE",
            help="VALUE is a number, or `default`.",
        )

    def handle(self, *arguments: Any, team: str, limits: list[str], **options: Any) -> None:
        origin.set(COMMAND)
        try:
            team_id = team_limits.find_team(team)
            own = team_limits.set_limits(team_id, dict(map(_parse, limits)))
        except Error as error:
            raise CommandError(error.message) from error
        for name in DEFAULTS:
            value = team_limit(own, name)
            source = "set for the team" if name in own else DEFAULTS[name]
            self.stdout.write(f"{name:24} {'none' if value is None and name in OPTIONAL else value:>20}  {source}")


def _parse(text: str) -> tuple[str, int | None]:
    name, _, value = text.partition("=")
    if value == _DEFAULT:
        return name, None
    if not (value.isascii() and value.isdigit()):
        raise CommandError(f"{text}: write NAME=VALUE, where VALUE is a number or `default`.")
    return name, int(value)
