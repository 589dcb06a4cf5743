"""The declared operations of the data API, by subject."""
