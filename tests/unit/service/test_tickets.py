"""Tickets: one use, half a minute, one origin (API-50, SEC-48)."""

from __future__ import annotations

import pytest

from bridge.errors import AccessDenied, TokenExpired
from bridge.service.tickets import MOST_WAITING, TicketBook
from bridge.service.tokens import Client
from tests.support.fakes import CountingIds, FixedClock

ORIGIN = "https://app.vendor.example"
CLIENT = Client(id="pair_1", display_name="Zorg", scopes=frozenset({"events:read"}), origin=ORIGIN)


def book() -> tuple[TicketBook, FixedClock]:
    clock = FixedClock()
    return TicketBook(clock=clock, ids=CountingIds()), clock


def refusal(tickets: TicketBook, text: str, origin: str | None = ORIGIN) -> str:
    with pytest.raises(AccessDenied) as caught:
        tickets.redeem(text, origin=origin)
    return caught.value.problem_code


def test_a_ticket_gives_its_client_once() -> None:
    tickets, _ = book()
    ticket = tickets.issue(CLIENT, origin=ORIGIN)
    assert tickets.redeem(ticket.text, origin=ORIGIN) is CLIENT
    assert refusal(tickets, ticket.text) == "token_invalid"


def test_it_ends_after_thirty_seconds() -> None:
    tickets, clock = book()
    ticket = tickets.issue(CLIENT, origin=ORIGIN)
    clock.advance(seconds=29)
    later = tickets.issue(CLIENT, origin=ORIGIN)
    clock.advance(seconds=1)
    with pytest.raises(TokenExpired):
        tickets.redeem(ticket.text, origin=ORIGIN)
    assert tickets.redeem(later.text, origin=ORIGIN) is CLIENT


@pytest.mark.parametrize("origin", ["https://evil.example", None])
def test_shown_elsewhere_it_is_refused_and_worthless(origin: str | None) -> None:
    tickets, _ = book()
    ticket = tickets.issue(CLIENT, origin=ORIGIN)
    assert refusal(tickets, ticket.text, origin) == "token_origin_mismatch"
    assert refusal(tickets, ticket.text) == "token_invalid"


def test_many_tickets_push_out_the_oldest() -> None:
    tickets, _ = book()
    first = tickets.issue(CLIENT, origin=ORIGIN)
    last = [tickets.issue(CLIENT, origin=ORIGIN) for _ in range(MOST_WAITING)][-1]
    assert refusal(tickets, first.text) == "token_invalid"
    assert tickets.redeem(last.text, origin=ORIGIN) is CLIENT


def test_a_client_that_was_withdrawn_has_none() -> None:
    tickets, _ = book()
    ticket = tickets.issue(CLIENT, origin=ORIGIN)
    tickets.drop("pair_2")
    tickets.drop(CLIENT.id)
    assert refusal(tickets, ticket.text) == "token_invalid"


def test_neither_book_nor_ticket_shows_the_text() -> None:
    tickets, _ = book()
    ticket = tickets.issue(CLIENT, origin=ORIGIN)
    assert ticket.text not in repr(ticket) + repr(vars(tickets))
