"""The query language, compiled from an allow-list."""
