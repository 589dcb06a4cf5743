"""Superseded versions: written, read, restored, pruned."""
