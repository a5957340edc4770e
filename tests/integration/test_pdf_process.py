"""Files that hang or bring down whoever reads them: the daemon refuses them and goes on."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from bridge.adapters.pdfprocess import ProcessInspector
from bridge.errors import InputError
from tests.support import billing

pytestmark = pytest.mark.timeout(120)

CODE = billing.payment_code(42, "EUR120.42")
FINE = billing.pdf(42, codes=(CODE,))

READER = """
import os, sys, time
from bridge.adapters import pdfpipe
from bridge.adapters.pdfinspection import FileInspector
questions, answers = sys.stdin.buffer, sys.stdout.buffer
while True:
    content, most_pages = pdfpipe.read_question(questions)
    if content == b"hang":
        time.sleep(600)
    if content == b"crash":
        os._exit(139)
    if content == b"rave":
        answers.write(b"<html>" * 1000)
        answers.flush()
    else:
        look = lambda: FileInspector().inspect(content, most_pages=most_pages)
        pdfpipe.write_answer(answers, look)
"""
"""Stands for a reader whose libraries do what hostile files make them do."""


@contextmanager
def looking(command: list[str] | None = None, **limits: float) -> Iterator[ProcessInspector]:
    inspector = ProcessInspector(command, **limits)
    try:
        yield inspector
    finally:
        inspector.close()


def refused(inspector: ProcessInspector, content: bytes) -> str:
    with pytest.raises(InputError) as caught:
        inspector.inspect(content, most_pages=20)
    return caught.value.problem_code


def is_there(pid: int | None) -> bool:
    try:
        os.kill(pid or 0, 0)
    except ProcessLookupError:
        return False
    return pid is not None


def test_the_process_of_the_program_reads_files_one_after_the_other() -> None:
    with looking() as inspector:
        facts = inspector.inspect(FINE, most_pages=20)
        assert facts.communications == {billing.communication(42)}
        found = [(each.amount, each.reference) for each in facts.codes]
        assert found == [(12_042, billing.communication(42))]
        first = inspector.pid
        assert refused(inspector, b"%PDF-") == "billing_pdf_invalid"
        assert refused(inspector, b"") == "billing_pdf_invalid"
        with ThreadPoolExecutor(4) as threads:
            work = [threads.submit(inspector.inspect, FINE, most_pages=1) for _ in range(4)]
            assert {each.result() for each in work} == {facts}
        assert inspector.pid == first
    assert not is_there(first)


def test_a_file_that_hangs_or_crashes_its_reader_is_refused_and_the_next_one_is_read() -> None:
    command = [sys.executable, "-c", READER]
    with looking(command, deadline_s=60) as inspector:
        for hostile in (b"crash", b"rave"):
            assert refused(inspector, hostile) == "billing_pdf_too_complex"
        assert inspector.inspect(FINE, most_pages=20).pages == 1
        first = inspector.pid
    assert not is_there(first)
    with looking(command, deadline_s=0.5) as inspector:
        assert refused(inspector, b"hang") == "billing_pdf_too_complex"
        assert inspector.pid is None


def test_without_files_the_process_ends_by_itself() -> None:
    with looking([sys.executable, "-c", READER], idle_s=0) as inspector:
        assert refused(inspector, b"") == "billing_pdf_invalid"
        until = time.monotonic() + 60
        while inspector.pid is not None and time.monotonic() < until:
            time.sleep(0.01)
        assert inspector.pid is None


def test_a_reader_that_cannot_be_started_refuses_and_does_not_raise_otherwise() -> None:
    with looking(["/nowhere/carebridge"]) as inspector:
        assert refused(inspector, FINE) == "billing_pdf_too_complex"
