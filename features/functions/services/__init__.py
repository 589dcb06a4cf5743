"""Functions: management, calls, and calls without a caller."""
