"""`manage.py first_link`: prints the link to the account that runs the installation, if there is none."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts import mail, services


class Command(BaseCommand):
    help = "Print a link, good once, to the account that runs the installation; nothing if there is one."
    requires_system_checks: list[str] = []

    def handle(self, *arguments: Any, **options: Any) -> None:
        token = services.first_link_token()
        if token is not None:
            self.stdout.write(mail.link(f"/dashboard/start/{token}"))
