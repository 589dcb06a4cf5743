"""The declared operations of people, teams and tokens."""

from dialects.airsequel.people.operations import teams, tokens, users

OPERATIONS = (*users.OPERATIONS, *teams.OPERATIONS, *tokens.OPERATIONS)
