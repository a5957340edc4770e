"""What happened lately, and who hears of it (API-50 to API-55)."""

from __future__ import annotations

import pytest

from bridge.domain.events import EVENT_TYPES, RESYNC, STOPPING, TOPICS
from bridge.errors import InputError
from bridge.service.events import MOST_KEPT, MOST_STREAMS, MOST_WAITING, EventBook
from tests.support.fakes import CountingIds, FixedClock


class Desk:
    """An event book with its clock."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.book = EventBook(clock=self.clock, ids=CountingIds())

    def card(self, number: int = 0):
        return self.book.publish("card.inserted", object="reader", object_id=f"rdr_{number}")


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def heard(listener) -> list[str]:
    """Give the types of what waits."""
    found = []
    while (event := await listener.next(within_s=0.01)) is not None:
        found.append(event.type)
    return found


async def test_a_listener_hears_what_happens_after_it_came(desk):
    desk.card()
    listener = desk.book.subscribe("a")
    desk.card()
    assert await heard(listener) == ["card.inserted"]


@pytest.mark.parametrize("topic", TOPICS)
async def test_a_topic_has_its_own_types(desk, topic):
    listener = desk.book.subscribe("a", topics=frozenset({topic}))
    for kind in EVENT_TYPES:
        if kind not in {STOPPING, RESYNC}:
            desk.book.publish(kind, object="thing")
    assert set(await heard(listener)) == set(TOPICS[topic])


def test_an_unknown_topic_is_refused(desk):
    with pytest.raises(InputError) as caught:
        desk.book.subscribe("a", topics=frozenset({"patients"}))
    assert caught.value.problem_code == "parameter_invalid"


async def test_api_53_what_was_missed_comes_first(desk):
    first, _, _ = desk.card(1), desk.card(2), desk.card(3)
    listener = desk.book.subscribe("a", last_id=first.id)
    desk.card(4)
    ids = [(await listener.next(within_s=1)).object_id for _ in range(3)]
    assert ids == ["rdr_2", "rdr_3", "rdr_4"]


async def test_api_53_a_gap_that_is_too_large_says_so(desk):
    first = desk.card()
    for number in range(MOST_KEPT + 1):
        desk.card(number)
    assert await heard(desk.book.subscribe("a", last_id=first.id)) == [RESYNC]
    assert await heard(desk.book.subscribe("a", last_id="evt_nobody")) == [RESYNC]


async def test_api_53_after_a_quarter_of_an_hour_the_state_is_read_again(desk):
    first, _ = desk.card(), desk.card()
    desk.clock.advance(minutes=16)
    desk.card()
    assert await heard(desk.book.subscribe("a", last_id=first.id)) == [RESYNC]


async def test_a_slow_listener_is_told_to_read_the_state_again(desk):
    listener = desk.book.subscribe("a")
    for number in range(MOST_WAITING + 1):
        desk.card(number)
    assert await heard(listener) == [RESYNC]


async def test_api_54_a_client_has_at_most_four_streams(desk):
    listeners = [desk.book.subscribe("a") for _ in range(MOST_STREAMS)]
    with pytest.raises(InputError) as caught:
        desk.book.subscribe("a")
    assert caught.value.problem_code == "stream_limit_reached"
    desk.book.subscribe("b")
    listeners[0].close()
    desk.book.subscribe("a")
    assert desk.book.listeners == MOST_STREAMS + 1


async def test_dos_05_of_a_thousand_streams_four_are_open(desk):
    refused = []
    for _ in range(1000):
        try:
            desk.book.subscribe("noisy")
        except InputError as error:
            refused.append(error.problem_code)
    assert refused == ["stream_limit_reached"] * 996
    assert desk.book.listeners == 4
    assert desk.book.subscribe("quiet")


async def test_an_operation_is_told_to_its_own_client_only(desk):
    mine, theirs = desk.book.subscribe("a"), desk.book.subscribe("b")
    desk.book.publish("operation.updated", object="operation", client_id="a")
    assert await heard(mine) == ["operation.updated"]
    assert await heard(theirs) == []


async def test_d13_our_own_page_hears_of_others_but_never_of_their_operations(desk):
    page = desk.book.subscribe("console", hears_others=True)
    other = desk.book.subscribe("other")
    for kind in ("exchange.updated", "operation.updated", "pairing.changed"):
        desk.book.publish(kind, object=kind.partition(".")[0], client_id="software")
    assert await heard(page) == ["exchange.updated", "pairing.changed"]
    assert await heard(other) == []


async def test_at_the_end_everybody_is_told_and_streams_end(desk):
    listener = desk.book.subscribe("a", topics=frozenset({"readers"}))
    desk.card()
    desk.book.stop()
    desk.book.stop()
    kinds = [(await listener.next(within_s=1)).type for _ in range(2)]
    assert kinds == ["card.inserted", STOPPING]
    with pytest.raises(StopAsyncIteration):
        await listener.next(within_s=1)
    late = desk.book.subscribe("a")
    with pytest.raises(StopAsyncIteration):
        await late.next(within_s=1)
