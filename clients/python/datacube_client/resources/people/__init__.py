"""People and their programs: accounts, sign-in, teams, keys."""
