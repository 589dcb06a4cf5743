"""The engine's limits from the settings."""

from django.conf import settings

import engine


def limits() -> engine.Limits:
    return engine.Limits(
        depth=settings.MAX_DEPTH,
        query_nodes=settings.MAX_QUERY_NODES,
        document_nodes=settings.MAX_DOCUMENT_NODES,
        schema_checks=settings.MAX_SCHEMA_CHECKS,
        regex_length=settings.MAX_REGEX_LENGTH,
        batch_documents=settings.MAX_BATCH_DOCUMENTS,
        page_size=settings.MAX_PAGE_SIZE,
        collection_fields=settings.MAX_COLLECTION_FIELDS,
        indexes=settings.MAX_INDEXES,
        expand_depth=settings.MAX_EXPAND_DEPTH,
        expanded=settings.MAX_EXPANDED,
        query_seconds=settings.QUERY_TIMEOUT,
        write_seconds=settings.WRITE_SECONDS,
    )
