"""What goes through the pipe of the card worker."""

from __future__ import annotations

import inspect
import json
import os
import struct
import threading
from io import FileIO
from pathlib import Path

import pytest

import bridge.errors as catalogue
from bridge.adapters.pipes import PipeClosed
from bridge.adapters.pkcs11 import frames
from bridge.adapters.pkcs11.job import CardChoice, CardPart, SignJob
from bridge.adapters.pkcs11.worker import Worker
from bridge.crypto.algorithms import SignatureAlgorithm
from bridge.domain.secrets import Pin
from bridge.errors import (
    CardError,
    CardInUse,
    InputError,
    MiddlewareMissing,
    PinWrong,
)
from bridge.ports.card import CardFacts

CARD_ERRORS = sorted(
    (
        kind
        for _, kind in inspect.getmembers(catalogue, inspect.isclass)
        if issubclass(kind, CardError) and kind is not PinWrong
    ),
    key=lambda kind: kind.__name__,
)
JOB = SignJob(data=b"\0data", algorithm=SignatureAlgorithm.ECDSA_SHA384, expected=b"DER")
FACTS = CardFacts(reader="Reader é", authentication_certificate=b"\x30", tries_left=2)


@pytest.fixture
def pipe():
    """Give both ends of a pipe, unbuffered as between daemon and worker."""
    reading, writing = os.pipe()
    with FileIO(reading, "rb") as out, FileIO(writing, "wb") as into:
        yield out, into


def test_a_document_arrives_as_it_was_sent(pipe):
    out, into = pipe
    frames.send(into, {"text": "é", "number": 1})
    assert frames.receive(out) == {"text": "é", "number": 1}


def test_a_large_document_arrives_whole(pipe):
    out, into = pipe
    document = {"text": "x" * 1_000_000}
    sender = threading.Thread(target=frames.send, args=(into, document))
    sender.start()
    assert frames.receive(out) == document
    sender.join()


def test_the_digits_follow_their_document(pipe):
    out, into = pipe
    frames.send(into, {"digits": 4}, Pin(b"1234"))
    frames.send(into, {"next": True})
    assert frames.receive(out) == {"digits": 4}
    assert bytes(frames.receive_pin(out, 4).buffer) == b"1234"
    assert frames.receive(out) == {"next": True}


def test_the_document_of_a_job_holds_no_digit_of_the_pin():
    document = frames.job_document(JOB, Pin(b"918273"))
    assert "918273" not in json.dumps(document)
    assert document["pin_digits"] == 6


def test_digits_that_are_none_are_no_pin(pipe):
    out, into = pipe
    into.write(b"12a4")
    with pytest.raises(InputError):
        frames.receive_pin(out, 4)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\0\0", id="half-a-length"),
        pytest.param(struct.pack(">I", 9) + b"{}", id="half-a-document"),
        pytest.param(struct.pack(">I", 2) + b"no", id="no-json"),
        pytest.param(struct.pack(">I", 2**32 - 1), id="too-long"),
    ],
)
def test_what_is_no_frame_counts_as_the_end(pipe, content):
    out, into = pipe
    into.write(content)
    into.close()
    with pytest.raises(PipeClosed):
        frames.receive(out)


def test_writing_to_nobody_is_the_end(pipe):
    out, into = pipe
    out.close()
    with pytest.raises(PipeClosed):
        frames.send(into, {})


def test_reading_a_closed_pipe_is_the_end(pipe):
    out, _ = pipe
    out.close()
    with pytest.raises(PipeClosed):
        frames.receive(out)


@pytest.mark.parametrize("expected", [None, b"DER"])
def test_a_job_arrives_as_it_was_sent(expected):
    job = SignJob(data=b"x", algorithm=JOB.algorithm, expected=expected, has_failed_before=True)
    assert frames.job_from(frames.job_document(job, None)) == job


@pytest.mark.parametrize("module", [None, Path("/usr/lib/libcard.so")])
def test_library_and_key_arrive_as_they_were_sent(module):
    choice = CardChoice(key_label="Key", token_label="Token", token_serial="01")
    part = CardPart(module=module, choice=choice, has_dialogue=True)
    assert frames.part_from(frames.part_document(part)) == part


def test_facts_arrive_as_they_were_sent():
    assert frames.facts_from(frames.facts_document(FACTS)) == FACTS


@pytest.mark.parametrize("kind", CARD_ERRORS, ids=lambda kind: kind.__name__)
def test_each_failure_arrives_as_it_was_raised(kind):
    with pytest.raises(kind) as caught:
        frames.raise_error_in(frames.error_document(kind("note", count=3)))
    assert type(caught.value) is kind
    assert caught.value.problem_code == kind.code
    assert caught.value.params == {"count": 3}


def test_a_wrong_pin_arrives_with_its_tries():
    with pytest.raises(PinWrong) as caught:
        frames.raise_error_in(frames.error_document(PinWrong(tries_left=1)))
    assert caught.value.params == {"tries_left": 1}


def test_a_more_exact_code_arrives():
    with pytest.raises(InputError) as caught:
        frames.raise_error_in(frames.error_document(InputError(code="pin_malformed")))
    assert caught.value.problem_code == "pin_malformed"


def test_a_developers_note_stays_where_it_is():
    assert "note" not in json.dumps(frames.error_document(CardInUse("note")))


@pytest.mark.parametrize("name", ["Nothing", "RemoteRefusal", "annotations", "ParamValue"])
def test_a_failure_of_an_unexpected_kind_is_a_card_error(name):
    with pytest.raises(CardError) as caught:
        frames.raise_error_in({"error": name, "code": "x", "params": {}})
    assert type(caught.value) is CardError


def test_an_answer_without_failure_raises_nothing():
    frames.raise_error_in({"signature": ""})


def serve(*requests: dict) -> list[dict]:
    """Give the answers of a worker that runs in this thread."""
    asking, answering = os.pipe(), os.pipe()
    closed: list[str] = []
    with FileIO(asking[1], "wb") as questions:
        for request in requests:
            frames.send(questions, request)
    with (
        FileIO(asking[0], "rb") as incoming,
        FileIO(answering[1], "wb") as outgoing,
        FileIO(answering[0], "rb") as answers,
    ):
        Worker(incoming, outgoing, after_job=closed.append).run()
        return [*(frames.receive(answers) for _ in requests), {"closed": closed}]


def test_a_worker_answers_until_nobody_asks_any_more():
    part = frames.part_document(CardPart(module=None))
    asked = {**part, "verb": "facts", "limit_s": 5, "holder": None}
    *answers, _ = serve(asked, asked)
    assert [answer["error"] for answer in answers] == [MiddlewareMissing.__name__] * 2


def test_a_worker_closes_the_card_of_one_that_died():
    assert serve({"verb": "log_off", "limit_s": 5, "reader": "Reader"}) == [
        {},
        {"closed": ["Reader"]},
    ]


def test_a_bug_of_the_worker_is_told_by_its_place_alone():
    answer, _ = serve({"verb": "sign", "limit_s": 5, "pin_digits": "secret"})
    assert set(answer) == {"bug"}
    assert "secret" not in answer["bug"]
    with pytest.raises(RuntimeError, match="TypeError in frames"):
        frames.raise_error_in(answer)
