"""Strict JSON and signed cursors."""
