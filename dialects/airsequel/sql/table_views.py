"""The route of a table, whose new name the views follow."""

from __future__ import annotations

import engine
from accounts.principal import AccountPrincipal
from catalog.services.access import team_of
from dialects.airsequel.platform.views.tables import AirsequelTableView
from dialects.airsequel.sql.definitions import SchemaEditor


class SqlTableView(AirsequelTableView):
    def rename(self, principal: AccountPrincipal, database: engine.Database, table: str, *, to: str) -> None:
        tenant = str(team_of(principal, database.id))
        SchemaEditor(principal, database).rename_table(table, to=to, tenant=tenant)
