"""What a request addresses: documents of an entity type, entity types themselves, files."""
