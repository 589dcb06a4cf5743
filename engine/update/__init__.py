"""The update language."""
