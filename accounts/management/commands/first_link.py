"""`manage.py first_link`: prints the link that makes the first account of an installation that has none."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts import mail, services


class Command(BaseCommand):
    help = "Print a link, good once, that makes the installation's first account; nothing when there is one."
    requires_system_checks: list[str] = []

    def handle(self, *arguments: Any, **options: Any) -> None:
        token = services.first_link_token()
        if token is not None:
            self.stdout.write(mail.link(f"/dashboard/start/{token}"))
