"""Who acts on which collection with which store."""
