"""Mailboxes of the played platform: what waits, waits until it is confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.codecs.blob import hash_of
from bridge.mycarenet.genasync_values import (
    TACK_SUCCESS,
    Blob,
    Confirmation,
    Query,
    Tack,
    WaitingMessage,
    WaitingTack,
)
from bridge.sandbox.genasync_mailbox import Delivery, Mailboxes
from tests.unit.mycarenet.test_genasync_codec import ORIGIN

NOW = datetime(2026, 11, 22, 7, 15, tzinfo=UTC)
NURSE = "41000109401"


def message(number: int, *, insurer: str = "300", name: str = "MDA", after_s: int = 0) -> Delivery:
    content = b"%d" % number
    blob = Blob(
        content=content,
        content_type="text/xml",
        message_name=name,
        hash_value=hash_of(content),
        reference=f"ref-{number}",
    )
    item = WaitingMessage(
        input_reference=None, nip_reference=None, output_reference=None, detail=blob
    )
    ready_at = NOW + timedelta(seconds=after_s)
    return Delivery(provider=NURSE, insurer=insurer, ready_at=ready_at, item=item)


def receipt() -> Delivery:
    tack = Tack(
        value=b"t",
        issuer="urn:nip:issuer:io:300",
        applies_to="urn:nip:reference:input:1",
        result_major=TACK_SUCCESS,
        reference="tack-1",
    )
    return Delivery(provider=NURSE, insurer="300", ready_at=NOW, item=WaitingTack(tack=tack))


def boxes(*deliveries: Delivery) -> Mailboxes:
    made = Mailboxes()
    made.put(list(deliveries))
    return made


def references(found) -> list[str]:
    return [each.detail.reference for each in found.messages]


def test_an_answer_waits_for_its_time_and_its_care_provider() -> None:
    made = boxes(message(1), message(2, after_s=60), replace(message(3), provider="other"))
    assert references(made.waiting(NURSE, Query(origin=ORIGIN), NOW)) == ["ref-1"]
    later = NOW + timedelta(seconds=60)
    assert references(made.waiting(NURSE, Query(origin=ORIGIN), later)) == ["ref-1", "ref-2"]


def test_a_page_says_how_much_waits_altogether() -> None:
    made = boxes(*(message(number) for number in range(5)), receipt())
    found = made.waiting(NURSE, Query(origin=ORIGIN, most_messages=2), NOW)
    assert (len(found.messages), found.message_count, found.tack_count) == (2, 5, 1)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(origin=ORIGIN, include_ios=("100",)), ["ref-2"]),
        (Query(origin=ORIGIN, exclude_ios=("100",)), ["ref-1", "ref-3"]),
        (Query(origin=ORIGIN, message_names=("REJECT",)), ["ref-3"]),
        (Query(origin=ORIGIN, include_messages=False), []),
    ],
)
def test_a_query_chooses(query: Query, expected: list[str]) -> None:
    made = boxes(message(1), message(2, insurer="100"), message(3, name="REJECT"))
    assert references(made.waiting(NURSE, query, NOW)) == expected


@pytest.mark.parametrize(
    "confirmation",
    [
        Confirmation(origin=ORIGIN, message_references=("ref-1",), tack_contents=(b"t",)),
        Confirmation(origin=ORIGIN, message_hashes=(hash_of(b"1"),), tack_references=("tack-1",)),
    ],
)
def test_what_is_confirmed_is_gone_and_the_rest_comes_again(confirmation: Confirmation) -> None:
    made = boxes(message(1), message(2), receipt())
    assert made.confirm("other", confirmation) == 0
    assert made.confirm(NURSE, confirmation) == 2
    for _ in range(2):
        found = made.waiting(NURSE, Query(origin=ORIGIN), NOW)
        assert (references(found), found.tack_count) == (["ref-2"], 0)
    assert made.confirm(NURSE, confirmation) == 0


def test_a_reference_stands_for_one_message_for_ever() -> None:
    made = Mailboxes()
    assert made.admit(NURSE, "1", b"a", "300") is True
    assert made.admit(NURSE, "1", b"a", "300") is False
    assert made.admit(NURSE, "1", b"b", "300") is None
    assert made.admit(NURSE, "1", b"a", "100") is None
    assert made.admit("other", "1", b"b", "300") is True


def test_a_query_too_soon_does_not_begin_the_wait_again() -> None:
    made = Mailboxes()
    assert made.is_too_soon(NURSE, NOW, 60) is False
    assert made.is_too_soon(NURSE, NOW + timedelta(seconds=59), 60) is True
    assert made.is_too_soon(NURSE, NOW + timedelta(seconds=60), 60) is False
    assert made.is_too_soon("other", NOW + timedelta(seconds=60), 60) is False
