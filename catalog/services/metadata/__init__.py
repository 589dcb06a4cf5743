"""What surfaces with tables know of databases and collections besides their fields: sharing, attributes, tables."""

from catalog.services.metadata import (
    anonymous,
    attributes,
    contents,
    databases,
    renaming,
    sharing,
    tables,
    transfer,
)

__all__ = ["anonymous", "attributes", "contents", "databases", "renaming", "sharing", "tables", "transfer"]
