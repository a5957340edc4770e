"""Readers and cards as callers see them; nothing about a card's holder."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from api.models.common import AnswerModel, Links, ListQuery, Moment, Page
from bridge.domain.cards import InsertedCard, ReaderState

PATH: Final = "/v1/readers"


class ReaderCard(AnswerModel):
    """The card in a reader."""

    kind: str = Field(
        description=(
            "`eid`, `foreign` for another kind of card, `mute` for one that does not answer, "
            "or `unread` while another program holds it."
        ),
    )
    applet: str | None = Field(description="Version of the eID's applet, such as `1.8`.")
    inserted_at: Moment


class ReaderResource(AnswerModel):
    """One card reader."""

    id: str
    object: Literal["reader"]
    name: str
    kind: str = Field(description="`physical`, or `virtual` for one the system plays.")
    state: str = Field(description="`empty`, `card_present` or `card_held` by another program.")
    has_keypad: bool | None = Field(description="Null until a card was in it.")
    card: ReaderCard | None
    created_at: Moment | None
    updated_at: Moment | None
    links: Links


class ReaderList(AnswerModel):
    """The connected readers."""

    items: list[ReaderResource]
    page: Page
    query: ListQuery


def reader_resource(reader: ReaderState) -> ReaderResource:
    """Show a reader."""
    return ReaderResource(
        id=reader.id,
        object="reader",
        name=reader.name,
        kind=reader.kind.value,
        state=_state(reader),
        has_keypad=reader.has_keypad,
        card=None if reader.card is None else _card(reader.card),
        created_at=None,
        updated_at=None,
        links=Links(self=f"{PATH}/{reader.id}"),
    )


def _state(reader: ReaderState) -> str:
    if reader.card is None:
        return "empty"
    return "card_held" if reader.is_card_held else "card_present"


def _card(card: InsertedCard) -> ReaderCard:
    return ReaderCard(kind=card.kind.value, applet=card.applet, inserted_at=card.inserted_at)
