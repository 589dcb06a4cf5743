"""SQL statements on the tables of a database."""
