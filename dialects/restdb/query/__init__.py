"""Parsing of the REST dialect's requests: URLs and bodies of lenient clients."""
