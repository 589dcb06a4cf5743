"""What the data API reads from queries and bodies."""
