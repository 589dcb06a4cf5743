"""HTTP views of accounts: people, sessions, passwords and keys."""
