"""Long work over a whole collection: change of its schema, restore, clone, storage."""
