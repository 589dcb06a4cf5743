"""What the service does for a running statement: plans, the rows that it reads, and those that it changes."""
