"""Tokens: form, recognition, expiry; only the hash is kept (SEC-05)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.errors import AccessDenied, TokenExpired
from bridge.service.tokens import SCOPES, TOKEN_PREFIX, Client, TokenBook, checksum
from tests.support.fakes import CountingIds, FixedClock

CLIENT = Client(id="cli", display_name="Command line", scopes=frozenset({"status:read"}))


def book() -> tuple[TokenBook, FixedClock]:
    clock = FixedClock()
    return TokenBook(clock=clock, ids=CountingIds()), clock


def test_a_token_gives_its_client() -> None:
    tokens, _ = book()
    token = tokens.issue(CLIENT, lifetime=timedelta(minutes=1))
    assert tokens.authenticate(token) is CLIENT


def test_a_token_has_prefix_256_bits_and_a_checksum() -> None:
    tokens, _ = book()
    token = tokens.issue(CLIENT, lifetime=timedelta(minutes=1))
    body = token.removeprefix(TOKEN_PREFIX)
    assert len(body) == 43 + 6
    assert body[43:] == checksum(body[:43])


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param("", id="empty"),
        pytest.param("cbr_", id="prefix-only"),
        pytest.param("cbr_" + "A" * 49, id="never-issued"),
    ],
)
def test_an_unknown_token_is_refused(wrong: str) -> None:
    tokens, _ = book()
    tokens.issue(CLIENT, lifetime=timedelta(minutes=1))
    with pytest.raises(AccessDenied):
        tokens.authenticate(wrong)


def test_one_changed_character_is_refused() -> None:
    tokens, _ = book()
    token = tokens.issue(CLIENT, lifetime=timedelta(minutes=1))
    for place in range(len(token)):
        other = "a" if token[place] != "a" else "b"
        with pytest.raises(AccessDenied):
            tokens.authenticate(token[:place] + other + token[place + 1 :])


def test_an_expired_token_says_so() -> None:
    tokens, clock = book()
    token = tokens.issue(CLIENT, lifetime=timedelta(minutes=1))
    clock.advance(minutes=1)
    with pytest.raises(TokenExpired):
        tokens.authenticate(token)


def test_sec_05_the_book_does_not_hold_the_token() -> None:
    tokens, _ = book()
    token = tokens.issue(CLIENT, lifetime=timedelta(minutes=1))
    assert token not in repr(vars(tokens))
    assert token.encode() not in b"".join(vars(tokens)["_issued"])


def test_scopes_have_no_everything_scope() -> None:
    assert not SCOPES & {"*", "all", "admin"}
