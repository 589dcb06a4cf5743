"""The limits of teams."""
