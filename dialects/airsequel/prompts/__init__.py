"""Suggestions for a database, from its schema."""
