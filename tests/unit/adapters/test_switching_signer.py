"""The setting ``auto``: a library where it can sign, the card's own commands elsewhere."""

from __future__ import annotations

import pytest

from bridge.adapters.switching import SwitchingSigner
from bridge.crypto.algorithms import SignatureAlgorithm
from bridge.domain.secrets import Pin
from bridge.errors import (
    CardInUse,
    CardMissing,
    MiddlewareCannotSign,
    MiddlewareCrashed,
    MiddlewareMissing,
    MiddlewareWrongBitness,
    PinWrong,
    ReaderTimeout,
)
from bridge.ports.card import CardFacts

RSA = SignatureAlgorithm.RSA_SHA256


class Way:
    """A signer that fails as it is told, and notes what it was asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.failure: Exception | None = None
        self.holders: list[str | None] = []
        self.signatures = 0

    async def facts(self, *, holder: str | None = None) -> CardFacts:
        self.holders.append(holder)
        if self.failure:
            raise self.failure
        return CardFacts(reader=self.name, authentication_certificate=b"")

    async def sign(self, data: bytes, *, algorithm: SignatureAlgorithm, pin: Pin | None) -> bytes:
        self.signatures += 1
        if self.failure:
            raise self.failure
        return self.name.encode()


@pytest.fixture
def ways():
    return Way("library"), Way("commands")


@pytest.fixture
def signer(ways):
    return SwitchingSigner(*ways)


async def sign(signer: SwitchingSigner) -> bytes:
    return await signer.sign(b"x", algorithm=RSA, pin=Pin(b"1234"))


async def test_the_first_way_is_taken_where_it_works(signer, ways):
    assert (await signer.facts(holder="1")).reader == "library"
    assert await sign(signer) == b"library"
    assert (ways[0].holders, ways[1].holders) == (["1"], [])


@pytest.mark.parametrize(
    "failure", [MiddlewareMissing, MiddlewareCrashed, MiddlewareCannotSign, MiddlewareWrongBitness]
)
async def test_the_second_way_is_taken_where_the_library_is_unfit(signer, ways, failure):
    ways[0].failure = failure()
    assert (await signer.facts(holder="1")).reader == "commands"
    assert await sign(signer) == b"commands"
    assert (ways[1].holders, ways[0].signatures) == (["1"], 0)


@pytest.mark.parametrize("failure", [CardMissing, CardInUse, ReaderTimeout])
async def test_a_failure_of_the_card_is_no_reason_for_another_way(signer, ways, failure):
    ways[0].failure = failure()
    with pytest.raises(failure):
        await signer.facts()
    assert ways[1].holders == []


async def test_a_library_that_works_again_is_taken_again(signer, ways):
    ways[0].failure = MiddlewareCrashed()
    await signer.facts()
    ways[0].failure = None
    await signer.facts()
    assert await sign(signer) == b"library"


@pytest.mark.parametrize("failure", [MiddlewareCrashed, PinWrong(tries_left=2)])
async def test_a_signature_that_failed_is_not_tried_the_other_way(signer, ways, failure):
    await signer.facts()
    ways[0].failure = failure
    with pytest.raises(type(failure) if isinstance(failure, Exception) else failure):
        await sign(signer)
    assert ways[1].signatures == 0


async def test_the_way_taken_stays_when_the_second_way_fails_too(signer, ways):
    ways[0].failure = MiddlewareMissing()
    ways[1].failure = CardMissing()
    with pytest.raises(CardMissing):
        await signer.facts()
    ways[0].failure = None
    assert await sign(signer) == b"library"
