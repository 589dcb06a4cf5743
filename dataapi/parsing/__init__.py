"""Parsers of the data API's queries and bodies."""
