"""A database: its collections."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dashboard.views.base import DatabasePage


class Database(DatabasePage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        database = self.open(database_id)
        return self.go("documents", database_id, next(iter(database.specs)))
