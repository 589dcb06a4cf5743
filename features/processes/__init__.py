"""Processes that run what callers send, one call each: SQL statements and functions."""
