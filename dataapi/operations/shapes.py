"""What the requests and responses of several operations share."""

from __future__ import annotations

from pydantic import Field

from web.operations import RequestModel
from web.operations.types import Text

TAG = "Data API"
DOCUMENT_ID = "6560a1c2d3e4f5a6b7c8d9e0"
FILTERS = 'JSON, such as {"email": "alice@example.com"}.'
COLLATION = 'How text is compared: {"locale": "en", "strength": 2}.'


class Target(RequestModel):
    """The collection of a request."""

    database_id: Text = Field(description="The database.", examples=["60c72b2f9b1d8b1a2d3e4567"])
    collection_name: Text = Field(description="The collection.", examples=["users"])
