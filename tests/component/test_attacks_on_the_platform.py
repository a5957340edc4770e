"""What the sandbox refuses: changed, wrapped, replayed, late, foreign messages.

Each test first attacks and then delivers the genuine message, so a sandbox that refuses
everything fails as well as one that accepts everything.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from tests.support.recorded import ACTIONS, caught

MESSAGES = [pytest.param(name, id=name) for name in ACTIONS]
KINDS = [pytest.param("rsa", id="rsa-2048"), pytest.param("ec", id="p-384")]
SIGNED = {
    "issue": ("Body", "Timestamp", "BinarySecurityToken"),
    "challenge": ("Body", "Timestamp", "BinarySecurityToken"),
    "consult": ("Body", "Timestamp"),
}
SAMPLES = 40


def element(body: bytes, local: str) -> tuple[int, int]:
    """Where the element of a local name begins and ends."""
    found = re.search(
        rb"<(?:\w+:)?%b[ >].*?</(?:\w+:)?%b>" % (local.encode(), local.encode()), body, re.DOTALL
    )
    assert found is not None, local
    return found.start(), found.end()


def with_other_byte(body: bytes, place: int) -> bytes:
    """The body with one letter or digit replaced by another one."""
    old = body[place : place + 1]
    new = b"a" if old != b"a" else b"b"
    return body[:place] + (b"7" if old.isdigit() and old != b"7" else new) + body[place + 1 :]


def places(body: bytes, local: str) -> list[int]:
    """Some places of letters and digits within an element, the same ones in every run."""
    start, end = element(body, local)
    letters = [place for place in range(start, end) if body[place : place + 1].isalnum()]
    return random.Random(7).sample(letters, min(SAMPLES, len(letters)))  # noqa: S311  # no secret


@pytest.mark.parametrize("key_kind", KINDS)
@pytest.mark.parametrize("name", MESSAGES)
async def test_one_other_byte_in_a_signed_part_is_refused(
    tmp_path: Path, name: str, key_kind: str
) -> None:
    async with caught(tmp_path, name, key_kind) as message:
        body = message.request.body
        for local in SIGNED[name]:
            for place in places(body, local):
                message.deliver(with_other_byte(body, place))
                assert not message.was_accepted(), body[place - 20 : place + 20]
        assert message.deliver().status == 200
        assert message.was_accepted()


async def test_one_other_byte_in_the_assertion_is_refused(tmp_path: Path) -> None:
    async with caught(tmp_path, "consult") as message:
        body = message.request.body
        for place in places(body, "Assertion"):
            message.deliver(with_other_byte(body, place))
            assert not message.was_accepted(), body[place - 20 : place + 20]
        message.deliver()
        assert message.was_accepted()


def wrapped(body: bytes, fresh: bytes) -> bytes:
    """The signed Body moved into a header element, and another Body in its place."""
    start, end = element(body, "Body")
    header_end = re.search(rb"</(?:\w+:)?Header>", body)
    assert header_end is not None
    hidden = b"<x>" + body[start:end] + b"</x>"
    return (
        body[: header_end.start()] + hidden + body[header_end.start() : start] + fresh + body[end:]
    )


@pytest.mark.parametrize(
    "keeps_id", [pytest.param(True, id="same-id"), pytest.param(False, id="no-id")]
)
@pytest.mark.parametrize("name", MESSAGES)
async def test_a_wrapped_message_is_refused(tmp_path: Path, name: str, *, keeps_id: bool) -> None:
    async with caught(tmp_path, name) as message:
        body = message.request.body
        start, end = element(body, "Body")
        fresh = body[start:end]
        if not keeps_id:
            fresh = re.sub(rb' (?:\w+:)?Id="[^"]*"', b"", fresh, count=1)
        message.deliver(wrapped(body, fresh))
        assert not message.was_accepted()
        message.deliver()
        assert message.was_accepted()


@pytest.mark.parametrize("name", MESSAGES)
async def test_a_replayed_message_is_refused(tmp_path: Path, name: str) -> None:
    async with caught(tmp_path, name) as message:
        message.deliver()
        assert message.was_accepted()
        message.deliver()
        assert not message.was_accepted()


@pytest.mark.parametrize(
    "seconds", [pytest.param(200, id="late"), pytest.param(-200, id="from-the-future")]
)
@pytest.mark.parametrize("name", MESSAGES)
async def test_a_message_outside_its_time_is_refused(
    tmp_path: Path, name: str, seconds: int
) -> None:
    async with caught(tmp_path, name) as message:
        message.daemon.world.clock.set_offset(seconds)
        message.deliver()
        assert not message.was_accepted()
        message.daemon.world.clock.set_offset(0)
        message.deliver()
        assert message.was_accepted()


@pytest.mark.parametrize("name", MESSAGES)
async def test_the_same_message_of_another_world_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "other").mkdir()
    async with caught(tmp_path, name) as message, caught(tmp_path / "other", name) as foreign:
        foreign.deliver(message.request.body)
        assert not foreign.was_accepted()
        message.deliver()
        assert message.was_accepted()


@pytest.mark.parametrize("name", MESSAGES)
async def test_a_wrong_soap_action_is_refused(tmp_path: Path, name: str) -> None:
    async with caught(tmp_path, name) as message:
        reply = message.deliver(action="urn:be:fgov:ehealth:something:else")
        assert b"SOA-03004" in reply.body
        assert not message.was_accepted()


@pytest.mark.parametrize("name", MESSAGES)
async def test_garbage_is_refused_as_a_fault(tmp_path: Path, name: str) -> None:
    async with caught(tmp_path, name) as message:
        for garbage in (
            b"",
            b"\x00\xff",
            b"<a",
            b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            b"<a/>",
        ):
            reply = message.deliver(garbage)
            assert reply.status == 500
            assert not message.was_accepted()
