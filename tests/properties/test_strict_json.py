"""Strict JSON: what it accepts it reads like everybody else; hostile text never crashes it."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import strict_json
from bridge.errors import InputError

SAFE_INTEGERS = st.integers(-(2**53), 2**53)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | SAFE_INTEGERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def refused(body: bytes) -> str:
    with pytest.raises(InputError) as caught:
        strict_json.parse(body)
    return caught.value.problem_code


def outcome(body: bytes):
    try:
        return None, strict_json.parse(body)
    except InputError as error:
        return error.problem_code, None


@given(VALUES)
def test_ordinary_documents_are_read_as_everybody_reads_them(value):
    assert strict_json.parse(json.dumps(value).encode()) == value


@given(VALUES)
def test_canonical_form_is_the_same_for_every_way_of_writing(value):
    loose = strict_json.parse(json.dumps(value, indent=3, ensure_ascii=True).encode())
    tight = strict_json.parse(json.dumps(value, ensure_ascii=False).encode())
    assert strict_json.canonical(loose) == strict_json.canonical(tight)
    assert json.loads(strict_json.canonical(value)) == value


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_one_code(body):
    code, _ = outcome(body)
    assert code in {None, "json_invalid"}


@given(st.text(alphabet='[]{}",:\\0123456789eE+-.truefalsn u', max_size=60))
def test_nearly_json_is_read_or_refused_with_one_code(text):
    code, value = outcome(text.encode())
    assert code == "json_invalid" or json.loads(text) == value


@given(st.integers(min_value=2**53 + 1), st.sampled_from([1, -1]))
def test_integers_others_would_round_are_refused(number, sign):
    assert refused(str(sign * number).encode()) == "json_invalid"


@given(st.sampled_from(sorted(strict_json.SECRET_NAMES)), VALUES, st.integers(0, 5))
def test_a_pin_is_found_at_any_depth_sec_82(name, value, depth):
    document = {name: value}
    for _ in range(depth):
        document = {"list": [1, document]}
    assert strict_json.names_a_secret(document)
    assert strict_json.names_a_secret([{name.upper().replace("_", "-"): value}])


@given(st.dictionaries(st.sampled_from(["pins", "spin", "purpose", "pinned"]), TEXTS))
def test_names_that_only_contain_the_word_are_no_pin(document):
    assert not strict_json.names_a_secret({"pin code": document, "list": [document]})


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"a": "\xff"}', id="invalid-utf-8"),
        pytest.param("{}".encode("utf-16"), id="utf-16"),
        pytest.param(b"\xef\xbb\xbf{}", id="byte-order-mark"),
        pytest.param(b"[" * 1000 + b"]" * 1000, id="depth-1000"),
        pytest.param(b"[" * 33 + b"]" * 33, id="depth-33"),
        pytest.param(b"[" * 900_000, id="only-brackets"),
        pytest.param(b'{"a": 1, "a": 1}', id="duplicate-keys"),
        pytest.param(b'{"b": {"a": 1, "\\u0061": 2}}', id="duplicate-keys-escaped"),
        pytest.param(b'{"a": NaN}', id="nan"),
        pytest.param(b'{"a": -Infinity}', id="infinity"),
        pytest.param(b'{"a": 1e999}', id="too-large-for-a-float"),
        pytest.param(b"9" * 900_000, id="enormous-number"),
        pytest.param(b"9007199254740993", id="beyond-two-to-53"),
        pytest.param(b'"\\ud800"', id="lone-surrogate"),
        pytest.param(b"", id="empty"),
        pytest.param(b"{}{}", id="two-documents"),
        pytest.param(b"{'a': 1}", id="single-quotes"),
        pytest.param(b"{a: 1}", id="bare-names"),
        pytest.param(b'{"a": 1,}', id="trailing-comma"),
    ],
)
def test_ct_03_hostile_documents_are_refused_quickly(body):
    started = time.process_time()
    assert refused(body) == "json_invalid"
    assert time.process_time() - started < 1


def test_depth_32_is_accepted_and_brackets_in_texts_do_not_count():
    assert strict_json.parse(b"[" * 32 + b"]" * 32)
    assert strict_json.parse(json.dumps("[" * 100 + '\\"[').encode())


def test_canonical_order_is_by_utf_16_code_units_as_rfc_8785_says():
    document = {"\ufb33": 1, "\U0001f600": 2, "1": 3, "\r": 4}
    written = '{"\\r":4,"1":3,"\U0001f600":2,"\ufb33":1}'
    assert strict_json.canonical(document) == written.encode()
