"""What people type into the dashboard's forms, and the faults of it."""
