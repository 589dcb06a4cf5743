"""`manage.py first_link`: prints the setup link, unless the installation has an administrator."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts import mail, services


class Command(BaseCommand):
    help = "Print a single-use link to create the administrator; print nothing if there is an administrator."
    requires_system_checks: list[str] = []

    def handle(self, *arguments: Any, **options: Any) -> None:
        token = services.first_account.first_link_token()
        if token is not None:
            self.stdout.write(mail.link(f"/dashboard/start/{token}"))
