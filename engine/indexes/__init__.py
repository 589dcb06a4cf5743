"""Indexes of a collection."""
