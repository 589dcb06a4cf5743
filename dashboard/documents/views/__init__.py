"""Pages of the documents of a collection: grid, editor, history and deletion."""
