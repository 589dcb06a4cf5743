"""The declared operation of the payment provider's events."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from dialects.airsequel.shapes import operation
from web.operations import RequestModel


class PaddleKey(RequestModel):
    """The key in the address that the provider calls."""

    key: str = Field(default="", examples=["2Nug0JwezlPKjMu3PlwwSsLdIo76Ex1P"])


class PaddleFields(TypedDict):
    """The fields that are used; all of them are signed."""

    alert_id: Annotated[str, Field(examples=["575684"])]
    alert_name: Annotated[str, Field(examples=["subscription_created"])]
    custom_data: Annotated[str, Field(examples=['{"airsequel_team_name": "cool-team"}'])]
    email: Annotated[str, Field(examples=["john@example.org"])]
    event_time: Annotated[str, Field(examples=["2023-08-06 15:33:25"])]
    p_signature: Annotated[str, Field(examples=["123abc"])]
    subscription_id: Annotated[str, Field(examples=["7"])]
    subscription_plan_id: Annotated[str, Field(examples=["4"])]


OPERATIONS = (
    operation(
        "post",
        "/api/events/paddle",
        "paddle_event",
        "Receive an Event of Paddle",
        "For Paddle Classic, which signs its events. 404 where the installation receives none.",
        query=PaddleKey,
        body=PaddleFields,
        media="application/x-www-form-urlencoded",
        security=[{}],
    ),
)
