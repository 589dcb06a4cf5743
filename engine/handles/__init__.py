"""What callers hold: a database, a collection, its files, its change feed, bound to an actor."""
