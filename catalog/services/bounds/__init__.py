"""What bounds the databases of a team."""
