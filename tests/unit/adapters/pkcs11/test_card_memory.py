"""What a signer remembers of cards during one run."""

from __future__ import annotations

import pytest

from bridge.adapters.pkcs11.memory import CardMemory
from bridge.crypto.algorithms import SignatureAlgorithm
from bridge.errors import (
    CardError,
    CardExchanged,
    CardRemoved,
    InputError,
    LastTryRefused,
    MiddlewareCrashed,
    PinBlocked,
    PinCancelled,
    PinWrong,
    ReaderTimeout,
)
from bridge.ports.card import CardFacts

RSA = SignatureAlgorithm.RSA_SHA256


@pytest.fixture
def memory():
    return looking(CardMemory())


def looking(memory: CardMemory, certificate: bytes = b"card") -> CardMemory:
    memory.keep(CardFacts(reader="Reader", authentication_certificate=certificate))
    return memory


def attempt(memory: CardMemory, failure: Exception | None = None) -> bool:
    """Tell whether the last attempt failed, and end this one as told."""
    try:
        with memory.attempt(b"x", RSA) as job:
            if failure:
                raise failure
    except type(failure or PinWrong):
        pass
    return job.has_failed_before


def test_a_signature_is_meant_for_the_card_seen_last(memory):
    with memory.attempt(b"x", RSA) as job:
        assert (job.data, job.algorithm, job.expected) == (b"x", RSA, b"card")


def test_before_any_look_no_card_is_meant():
    with CardMemory().attempt(b"x", RSA) as job:
        assert job.expected is None


@pytest.mark.parametrize(
    "failure",
    [
        PinWrong(tries_left=None),
        PinBlocked(),
        CardError(),
        CardRemoved(),
        MiddlewareCrashed(),
        ReaderTimeout(),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_failure_that_may_have_cost_a_try_is_remembered(memory, failure):
    attempt(memory, failure)
    assert attempt(memory)


@pytest.mark.parametrize(
    "failure",
    [CardExchanged(), LastTryRefused(), PinCancelled(), InputError(code="pin_malformed")],
    ids=lambda failure: type(failure).__name__,
)
def test_a_failure_that_cost_no_try_is_not(memory, failure):
    attempt(memory, failure)
    assert not attempt(memory)


def test_a_refused_last_try_does_not_end_the_mistrust(memory):
    attempt(memory, PinBlocked())
    attempt(memory, LastTryRefused())
    assert attempt(memory)


def test_a_success_ends_the_mistrust(memory):
    attempt(memory, PinWrong(tries_left=2))
    attempt(memory)
    assert not attempt(memory)


def test_each_card_has_its_own_past(memory):
    attempt(memory, PinWrong(tries_left=2))
    assert not attempt(looking(memory, b"other"))
    assert attempt(looking(memory))
