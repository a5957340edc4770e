"""Cursors and pages (API-60, API-61, CI-10)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages import PageRequest, cut, frame, read_cursor, shown, write_cursor
from bridge.errors import InputError

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PATH = "/v1/operations"


def wanted(*, limit: int = 2, after: str | None = None) -> PageRequest:
    return PageRequest(path=PATH, limit=limit, after=after, now=NOW)


def refusal(cursor: str, *, path: str = PATH, now: datetime = NOW) -> str:
    with pytest.raises(InputError) as caught:
        read_cursor(cursor, path=path, now=now)
    return caught.value.problem_code


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_a_cursor_is_read_back(after):
    cursor = write_cursor(after, path=PATH, now=NOW)
    assert read_cursor(cursor, path=PATH, now=NOW + timedelta(hours=24)) == after
    assert cursor.isascii()
    assert not set(cursor) & set("=+/&?")


@given(st.text(max_size=80))
def test_any_other_text_is_no_cursor(text):
    assert refusal(text) == "cursor_invalid"


def test_a_cursor_of_another_list_a_changed_and_an_old_one_are_told_apart():
    cursor = write_cursor("op_1", path=PATH, now=NOW)
    changed = base64.urlsafe_b64encode(base64.urlsafe_b64decode(cursor + "==")[:-1] + b"x")
    assert refusal(cursor, path="/v1/insurability-checks") == "cursor_mismatch"
    assert refusal(changed.decode()) == "cursor_invalid"
    assert refusal(cursor, now=NOW + timedelta(hours=24, seconds=1)) == "cursor_expired"


@given(
    st.lists(st.integers(0, 10**6), unique=True, max_size=40),
    st.integers(1, 7),
)
def test_paging_shows_each_item_exactly_once(items, limit):
    seen, after, pages = [], None, 0
    while pages == 0 or after is not None:
        part = cut(items, str, wanted(limit=limit, after=after))
        seen += part.items
        after = part.more_after
        pages += 1
        assert pages <= len(items) + 1
    assert seen == items
    assert pages == max(1, -(-len(items) // limit))


def test_a_list_read_one_further_than_the_limit_knows_that_there_is_more():
    assert shown(["c", "b", "a"], str, wanted()).more_after == "b"
    assert shown(["c", "b"], str, wanted()).more_after is None
    assert shown([], str, wanted()).items == []


def test_an_item_that_is_gone_ends_the_list():
    assert cut(["c", "b"], str, wanted(after="x")).items == []


def test_the_next_page_is_linked():
    answer = frame(wanted(), more_after="op_1", total=3, sort="-id")
    assert answer.page.next_cursor is not None
    assert answer.page.next_cursor in answer.headers["Link"]
    assert answer.headers["Link"].startswith("</v1/operations?limit=2&cursor=")
    assert answer.headers["Link"].endswith('>; rel="next"')
    assert answer.query.sort == ["-id"]


def test_the_last_page_links_nothing():
    answer = frame(wanted(), more_after=None, total=2, sort="-id")
    assert answer.page.next_cursor is None
    assert answer.headers == {}
