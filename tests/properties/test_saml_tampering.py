"""Assertions and requests under random change: refused, and never with another error than ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.ehealth import assertions, saml, sts
from bridge.ehealth.profiles import Claim, profile_for
from bridge.errors import BridgeError, TheirAnswerInvalid
from bridge.soap import xml
from bridge.soap.names import DS
from bridge.xmldsig.c14n import canonical
from tests.support import pki
from tests.support.stsdrive import driving

TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=30,
)
MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001  # hypothesis wants naive limits
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001  # as above
    timezones=st.just(UTC),
).map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000))


@cache
def genuine() -> bytes:
    with driving("ec") as drive:
        return drive.assertion()


def verify(body: bytes) -> None:
    with driving("ec") as drive:
        registration = drive.world.nurse.registration
        saml.verify_assertion(
            saml.parse_assertion(body),
            expected=saml.Expected(
                holder=drive.ehealth.certificate,
                profile=profile_for(registration),
            ),
            trust=drive.world.sts_trust(),
            now=drive.clock.now(),
        )


def signed_content(body: bytes) -> bytes:
    """Give what the signature covers: what still passes must be another spelling of just that.

    The signature itself has spellings, such as unused bits at the end of base64.
    """
    root = xml.parse(body)
    root.remove(root.find(f"{{{DS}}}Signature"))
    return canonical(root)


@settings(max_examples=300, deadline=None)
@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_one_byte_changed_anywhere_in_an_assertion(place: int, mask: int) -> None:
    body = bytearray(genuine())
    body[place % len(body)] ^= mask
    try:
        verify(bytes(body))
    except BridgeError:
        return
    assert signed_content(bytes(body)) == signed_content(genuine())


@settings(max_examples=150, deadline=None)
@given(st.integers(min_value=0), st.integers(min_value=1, max_value=400), st.binary(max_size=40))
def test_a_piece_replaced_in_an_assertion(place: int, length: int, piece: bytes) -> None:
    body = genuine()
    at = place % len(body)
    attacked = body[:at] + piece + body[at + length :]
    try:
        verify(attacked)
    except BridgeError:
        return
    assert signed_content(attacked) == signed_content(body)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
@example(b"<Assertion xmlns='urn:oasis:names:tc:SAML:1.0:assertion'/>")
def test_hostile_bytes_never_crash_the_reader(body: bytes) -> None:
    with pytest.raises(TheirAnswerInvalid):
        saml.parse_assertion(body)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=6, unique_by=lambda row: row[:2]),
    MOMENTS,
    st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=2)),
)
def test_what_the_service_writes_the_client_reads(rows, start: datetime, length: timedelta) -> None:
    content = assertions.AssertionContent(
        id="_" + "0" * 32,
        issued_at=start,
        not_before=start,
        not_on_or_after=start + timedelta(milliseconds=length // timedelta(milliseconds=1)),
        subject=pki.eid("ec").certificate,
        holder=pki.ehealth("ec").certificate,
        attributes=tuple(rows),
    )
    body = xml.serialize(assertions.build_assertion(content))
    assertion = assertions.parse_assertion(body)
    assert (assertion.not_before, assertion.not_on_or_after) == (
        content.not_before,
        content.not_on_or_after,
    )
    assert assertion.attributes == tuple(
        (name, namespace, value.strip()) for name, namespace, value in rows
    )


@settings(max_examples=60, deadline=None)
@given(
    st.none() | TEXT,
    st.lists(st.builds(Claim, TEXT, st.none() | TEXT.filter(lambda t: t == t.strip())), max_size=6),
    MOMENTS,
    st.booleans(),
)
def test_what_the_client_asks_the_service_reads(context, claims, start, has_holder) -> None:
    request = sts.IssueRequest(
        context=context,
        claims=tuple(claims),
        not_before=start,
        not_after=start + timedelta(hours=12),
        holder=pki.ehealth("ec").certificate if has_holder else None,
    )
    written = xml.serialize(sts.encode_issue(request))
    assert sts.decode_issue(xml.parse(written)) == request


@settings(max_examples=60, deadline=None)
@given(TEXT, st.none() | TEXT)
def test_a_challenge_is_echoed_unchanged(text: str, context: str | None) -> None:
    asked = sts.ChallengeReply(context=context, text=text)
    read = sts.decode_reply(xml.parse(xml.serialize(sts.encode_challenge(asked))))
    assert isinstance(read, sts.ChallengeReply)
    answer = sts.ChallengeAnswer(context=read.context, text=read.text)
    written = xml.serialize(sts.encode_challenge_answer(answer))
    assert sts.decode_challenge_answer(xml.parse(written)) == answer
    assert answer.text == text
