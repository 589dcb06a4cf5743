"""Names of people and of teams, by which surfaces address them."""

from accounts.services.names import teams, usernames

__all__ = ["teams", "usernames"]
