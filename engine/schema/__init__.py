"""Declared types, fields and rules."""
