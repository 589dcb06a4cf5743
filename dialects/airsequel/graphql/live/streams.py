"""Subscriptions as server-sent events (graphql-sse, each subscription a request of its own)."""

from __future__ import annotations

from functools import partial

from django.conf import settings

import engine
from dialects.airsequel import render
from dialects.airsequel.graphql.execution import GraphOperation
from dialects.airsequel.graphql.live.source import LiveQuery
from dialects.airsequel.graphql.live.target import GraphTarget
from dialects.airsequel.graphql.operations import GraphQLBody, SubscriptionQuery
from web.requests.body import json_object
from web.streams.request import StreamRequest
from web.streams.stream import Stream


def _live_query(request: StreamRequest) -> LiveQuery:
    target = GraphTarget(request.authorization or "", request.path.split("/")[2])
    return LiveQuery(target, partial(_operation, request))


def _operation(request: StreamRequest) -> GraphOperation:
    """Return the operation in the body of a POST, or in the query string of a GET. Raises `Invalid`."""
    if len(request.body) > settings.MAX_ACCOUNT_BODY_BYTES:
        text = f"The body is larger than {settings.MAX_ACCOUNT_BODY_BYTES} bytes (MAX_ACCOUNT_BODY_BYTES)."
        raise engine.TooLarge(text)
    if request.body:
        return GraphQLBody.parse(json_object(request.body)).operation
    return SubscriptionQuery.parse(request.query.dict()).operation


subscriptions = Stream(_live_query, envelope=render.envelope, takes_body=True)
