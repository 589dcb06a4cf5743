"""What keys may do with the collections of databases: their scopes, names, and explanations."""
