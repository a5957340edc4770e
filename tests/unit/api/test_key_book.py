"""Idempotency keys at the edge (API-31 to API-33)."""

from __future__ import annotations

import pytest

from api.keys import MOST_REMEMBERED, KeyBook
from bridge.errors import Conflict, InputError, KeyReused
from bridge.service.keys import KeyClaim

CLAIM = KeyClaim(key="k" * 16, route="POST /v1/x", fingerprint="a")
OTHER = KeyClaim(key="k" * 16, route="POST /v1/x", fingerprint="b")


def remember(book: KeyBook, claim: KeyClaim, made: str, *, client: str = "client") -> None:
    with book.reserve(client, claim) as reservation:
        reservation.made = made


def test_a_repetition_gives_what_the_first_request_made():
    book = KeyBook()
    remember(book, CLAIM, "op_1")
    with book.reserve("client", CLAIM) as reservation:
        assert reservation.earlier == "op_1"


def test_another_body_under_the_same_key_is_refused_rpl_04():
    book = KeyBook()
    remember(book, CLAIM, "op_1")
    with pytest.raises(KeyReused), book.reserve("client", OTHER):
        pass


@pytest.mark.parametrize("claim", [CLAIM, OTHER], ids=["same-body", "other-body"])
def test_a_key_in_use_is_in_progress_rpl_05(claim):
    book = KeyBook()
    with (
        book.reserve("client", CLAIM),
        pytest.raises(Conflict) as caught,
        book.reserve("client", claim),
    ):
        pass
    assert caught.value.problem_code == "idempotency_key_in_progress"


def refused_while_accepting(book: KeyBook) -> None:
    with book.reserve("client", CLAIM) as reservation:
        reservation.made = "op_1"
        raise InputError


def test_a_refused_request_frees_its_key():
    book = KeyBook()
    with pytest.raises(InputError):
        refused_while_accepting(book)
    with book.reserve("client", OTHER) as reservation:
        assert reservation.earlier is None


def test_keys_belong_to_one_client_and_one_route():
    book = KeyBook()
    remember(book, CLAIM, "op_1")
    elsewhere = KeyClaim(key=CLAIM.key, route="POST /v1/y", fingerprint="b")
    for client, claim in (("other", OTHER), ("client", elsewhere)):
        with book.reserve(client, claim) as reservation:
            assert reservation.earlier is None


def test_without_a_key_nothing_is_remembered():
    book = KeyBook()
    for _ in range(2):
        with book.reserve("client", None) as reservation:
            assert reservation.earlier is None
            reservation.made = "op_1"


def test_the_oldest_keys_are_forgotten_first():
    book = KeyBook()
    for number in range(MOST_REMEMBERED + 1):
        claim = KeyClaim(key=f"{number:016}", route="r", fingerprint="a")
        remember(book, claim, f"op_{number}")
    first = KeyClaim(key=f"{0:016}", route="r", fingerprint="other")
    second = KeyClaim(key=f"{1:016}", route="r", fingerprint="a")
    with book.reserve("client", first) as reservation:
        assert reservation.earlier is None
    with book.reserve("client", second) as reservation:
        assert reservation.earlier == "op_1"
