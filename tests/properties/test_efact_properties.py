"""Random files: read back as written, summed by an oracle, and damaged in every way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.codecs.efact import answerreader, reader, writer
from bridge.codecs.efact.explain import explain
from bridge.codecs.efact.scan import records
from bridge.codecs.efact.values import InvoiceFile
from bridge.errors import ZoneFinding
from tests.support import efact_answers as answers
from tests.support.efact import constructed
from tests.support.efact_random import random_file
from tests.support.efact_slices import HEADER as HEADER_LENGTH
from tests.support.efact_slices import cut, r99, records_of, z98
from tests.support.shared import SAMPLES

FILES = st.integers(0, 2**32).map(random_file)
SAMPLES_READ = [constructed(), *(path.read_bytes() for path in (SAMPLES / "efact").glob("*.txt"))]
HAND_MADE = [
    answers.receipt(),
    answers.refused_message(records_of(constructed().decode())[16]),
    answers.answered_file("920900", *(answers.echo(record, "R500423", "B1X0000", " 0000  ")
                                      for record in records_of(constructed().decode())[:14]),
                          answers.settlement(asked=3, accepted=2, refused=1)),
]  # fmt: skip
CONTENTS = st.sampled_from([*SAMPLES_READ, *HAND_MADE])


@given(FILES)
@settings(deadline=None, max_examples=60)
@pytest.mark.timeout(60)
def test_what_is_written_is_read_back(file: InvoiceFile) -> None:
    content = writer.write_whole(file)
    assert reader.verify(content) == ()
    assert reader.read(content).file == file


@given(FILES)
@settings(deadline=None, max_examples=60)
def test_an_oracle_of_plain_slices_finds_the_same_totals(file: InvoiceFile) -> None:
    text = writer.write_whole(file).decode("ascii")
    all_of = records_of(text)
    body = [record for record in all_of if record[:2] < "95"]
    assert all(record[348:] == r99(record[:348]) for record in body)
    assert [int(record[2:8]) for record in body] == list(range(1, len(body) + 1))
    by_mutuality: dict[str, list[str]] = {}
    pending: list[str] = []
    for record in body[1:-1]:
        pending.append(record)
        if record[:2] == "80":
            assert_totals(record, pending)
            by_mutuality.setdefault(cut(record, "18"), []).extend(pending)
            pending = []
    totals = [record for record in all_of if record[:2] == "95"]
    assert [cut(record, "401") for record in totals] == sorted(by_mutuality)
    for record in totals:
        inside = by_mutuality[cut(record, "401")]
        assert int(cut(record, "403") + cut(record, "404")) == amount_of(inside, "19")
        assert int(cut(record, "409")) == len(inside)
        assert cut(record, "410") == z98(codes_of(inside))
    (whole,) = [record for record in all_of if record[:2] == "96"]
    assert int(cut(whole, "509")) == len(body)
    assert int(cut(whole, "503") + cut(whole, "504")) == amount_of(body, "19")
    assert cut(whole, "510") == cut(body[-1], "98") == z98(codes_of(body))


def assert_totals(total: str, inside: list[str]) -> None:
    for zone in ("19", "27", "30,31"):
        assert int(cut(total, zone)) == amount_of(inside, zone)
    assert cut(total, "98") == z98(codes_of(inside))


def amount_of(inside: list[str], zone: str) -> int:
    return sum(int(cut(record, zone)) for record in inside if record[:2] == "50")


def codes_of(inside: list[str]) -> list[int]:
    return [int(cut(record, "4")) for record in inside if record[:2] in ("50", "51", "52")]


def everything_about(content: bytes) -> None:
    """Ask for all there is; whatever raises fails the test."""
    findings: list[ZoneFinding] = list(reader.verify(content))
    findings.extend(reader.read(content).findings)
    answer = answerreader.read(content)
    findings.extend(answer.findings)
    for record in answer.records:
        assert isinstance(record.sequence + record.check_digits + record.comment, str)
        assert isinstance(record.answer_index, str)
    for record in records(content, [], begin=HEADER_LENGTH):
        for key in record.layout.cuts:
            record.get(key, findings)
    explained = "".join(zone.raw for part in explain(content) for zone in part.zones)
    assert len(explained) <= len(content) + 800
    for found in findings:
        assert found.record >= 0
        assert 1 <= found.position <= len(content) + 801


@given(CONTENTS, st.data())
@settings(deadline=None, max_examples=150)
def test_a_file_that_is_cut_off_is_found_and_never_raises(
    content: bytes, data: st.DataObject
) -> None:
    cut_off = content[: data.draw(st.integers(0, len(content) - 1))]
    everything_about(cut_off)
    if content.startswith(b"920000"):
        assert reader.read(cut_off).file is None
    elif len(cut_off) != 677:
        assert not answerreader.read(cut_off).is_whole or not answerreader.read(content).is_whole


@given(CONTENTS, st.data())
@settings(deadline=None, max_examples=150)
@pytest.mark.timeout(60)
def test_flipped_bytes_never_raise(content: bytes, data: st.DataObject) -> None:
    spoilt = bytearray(content)
    for _ in range(data.draw(st.integers(1, 6))):
        spoilt[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    everything_about(bytes(spoilt))


@given(CONTENTS, st.binary(min_size=1, max_size=900), st.data())
@settings(deadline=None, max_examples=100)
def test_inserted_bytes_never_raise(content: bytes, more: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(content)))
    everything_about(content[:at] + more + content[at:])


@given(st.data())
@settings(deadline=None, max_examples=100)
def test_one_digit_changed_anywhere_in_a_file_of_ours_is_found(data: st.DataObject) -> None:
    content = constructed()
    at = data.draw(st.integers(HEADER_LENGTH, HEADER_LENGTH + 14 * 350 - 1))
    byte = data.draw(st.sampled_from(b"0123456789 AZ+-").filter(lambda byte: byte != content[at]))
    assert reader.verify(content[:at] + bytes([byte]) + content[at + 1 :])


@given(st.binary(max_size=3000))
@settings(deadline=None, max_examples=100)
def test_any_bytes_never_raise(content: bytes) -> None:
    everything_about(content)
    everything_about(b"920900" + content)
    everything_about(b"920000" + content)
