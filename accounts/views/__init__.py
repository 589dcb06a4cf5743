"""The HTTP of accounts: people, sessions, passwords and keys."""
