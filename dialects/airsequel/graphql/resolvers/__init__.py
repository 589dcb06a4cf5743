"""What the fields of a schema do: read, insert, update and delete rows."""
