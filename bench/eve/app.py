"""Eve with one resource, and without features that would only slow it down here."""

import os

from eve import Eve

app = Eve(
    settings={
        "MONGO_URI": os.environ["PEER_MONGODB_URI"],
        "MONGO_DBNAME": "peer_eve",
        "MONGO_WRITE_CONCERN": {"w": "majority"},  # MongoDB journals what a majority has
        "DOMAIN": {"people": {"schema": {}, "allow_unknown": True}},
        "RESOURCE_METHODS": ["GET", "POST"],
        "ITEM_METHODS": ["GET", "PATCH"],
        "RENDERERS": ["eve.render.JSONRenderer"],
        "IF_MATCH": False,
        "HATEOAS": False,
        "OPTIMIZE_PAGINATION_FOR_SPEED": True,
        "PAGINATION_LIMIT": 1000,
    }
)
