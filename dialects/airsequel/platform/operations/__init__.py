"""The declared operations of databases, by subject."""

from dialects.airsequel.platform.operations import charts, databases, files, links, settings, tables, transfers

OPERATIONS = (
    *databases.OPERATIONS,
    *tables.OPERATIONS,
    *settings.OPERATIONS,
    *charts.OPERATIONS,
    *files.OPERATIONS,
    *links.OPERATIONS,
    *transfers.OPERATIONS,
)
