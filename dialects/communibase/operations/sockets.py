"""The operations of Socket.IO: requests of Engine.IO 3 and their parameters."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

import engine
from dialects.communibase.operations.shapes import KEYS, TAG
from web.operations import Operation, RequestModel
from web.operations.errors import ErrorText
from web.requests.addresses import check_path, check_query
from web.streams.request import StreamRequest

POLLING, WEBSOCKET = "polling", "websocket"
_SessionId = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[A-Za-z0-9_-]{0,64}$"),
    ErrorText("Must be the session id of a handshake."),
]
_Callback = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[0-9]{0,6}$"), ErrorText("Must be the number of a callback.")
]
_Timestamp = Annotated[
    str, StringConstraints(strict=True, max_length=64), ErrorText("Must have at most 64 characters.")
]


class SocketRequest(RequestModel):
    """The query of a request; the client adds whatever the url has."""

    protocol: Annotated[Literal["3"], ErrorText("Only Engine.IO 3 is served, for socket.io-client 2.")] = Field(
        alias="EIO", description="The version of Engine.IO."
    )
    transport: Annotated[
        Literal["polling", "websocket"], ErrorText("Only the transports polling and websocket are served.")
    ] = Field(description="How messages are carried.")
    sid: _SessionId = Field(default="", description="The session, except in a handshake.")
    timestamp: _Timestamp = Field(
        default="", alias="t", description="Another text in each poll; the same text in a poll that is repeated."
    )
    jsonp: _Callback = Field(
        default="", alias="j", description="The number of the callback that a script calls with the answer (JSONP)."
    )

    @classmethod
    def of(cls, request: StreamRequest, *, transport: str) -> Self:
        """Parse the query of a request that came by a transport. Raises `Invalid` with every error."""
        check_path(request.raw_path)
        check_query(request.query_string)
        query = cls.parse(request.query.dict())
        if query.transport != transport:
            raise engine.Invalid.of_field("transport", f"This request came by {transport}.")
        return query


# Packets as engine.io-client writes them: `<length>:<packet>`, repeated.
_Packets = Annotated[str, Field(examples=['35:42["join","60c72b2f9b1d8b1a2d3e4567_dirty"]'])]
_Messages = Annotated[str, Field(examples=['48:42["message","Person|6560a1c2d3e4f5a6b7c8d9e0"]'])]
_MEDIA = "text/plain"

OPERATIONS = (
    Operation(
        path="/socket.io",
        verb="get",
        id="communibase_socket_poll",
        tag=TAG,
        summary="Receive Messages",
        description="Without `sid` a handshake, which opens a session. With it a poll, which waits for the first "
        "messages; with the transport `websocket` a WebSocket, whose frames are packets.",
        query=SocketRequest,
        responses={200: _Messages},
        answer_media=_MEDIA,
        security=KEYS,
        error_schema="CommunibaseError",
    ),
    Operation(
        path="/socket.io",
        verb="post",
        id="communibase_socket_send",
        tag=TAG,
        summary="Send Packets",
        description="Sends packets of a polling client, such as the event `join` with the room of a database.",
        query=SocketRequest,
        body=_Packets,
        media=_MEDIA,
        responses={200: Annotated[str, Field(examples=["ok"])]},
        answer_media=_MEDIA,
        security=KEYS,
        error_schema="CommunibaseError",
    ),
)
