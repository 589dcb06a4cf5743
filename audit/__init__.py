"""The audit log: who did what to which, from where; entries are added and never changed."""
