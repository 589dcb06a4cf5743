"""The schema of a database: types of its tables, and the fields that query and change them."""
