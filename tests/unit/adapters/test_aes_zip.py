"""Encrypted ZIP files: read by a reader of our own, and by what the library knows of ZIP."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest

from bridge.adapters import aeszip
from bridge.errors import InputError
from tests.support.zips import read_zip

PHRASE = "juist paard batterij nietje"
AT = datetime(2026, 11, 23, 9, 30, 10, tzinfo=UTC)
FILES = {"a.json": b"x" * 1000, "b.pdf": bytes(range(256)), "leeg": b"", "één.txt": b"1"}


def made(files=FILES, phrase=PHRASE, at=AT):
    salts = {name: bytes([number] * 16) for number, name in enumerate(files)}
    return aeszip.write(files, phrase, salts=salts, at=at)


def test_sec_134_what_was_written_opens_with_the_pass_phrase():
    assert read_zip(made(), PHRASE) == FILES


def test_sec_134_without_it_nothing_opens():
    with pytest.raises(ValueError, match="wrong pass phrase"):
        read_zip(made(), "een andere wachtzin")
    with zipfile.ZipFile(io.BytesIO(made())) as whole:
        assert whole.namelist() == list(FILES)
        assert all(info.flag_bits & 1 for info in whole.infolist())
        assert {info.CRC for info in whole.infolist()} == {0}, "AE-2 tells no checksum of the text"
        assert whole.infolist()[0].date_time == (2026, 11, 23, 9, 30, 10)
        with pytest.raises((RuntimeError, NotImplementedError)):
            whole.read("a.json")


def test_sec_134_a_changed_byte_is_noticed():
    content = bytearray(made({"a": b"x" * 50}))
    content[content.index(b"a") + 11 + 1 + 16 + 2] ^= 1
    with pytest.raises(ValueError, match="changed"):
        read_zip(bytes(content), PHRASE)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 31, 32, 1000])
def test_blocks_that_are_not_full(size):
    noise = bytes(number * 7919 % 251 for number in range(size))
    assert read_zip(made({"x": noise}), PHRASE) == {"x": noise}


def test_a_short_pass_phrase_is_refused():
    with pytest.raises(InputError) as refused:
        made(phrase="elf tekens!")
    assert refused.value.problem_code == "backup_passphrase_short"


def test_a_salt_of_another_size_is_a_bug():
    with pytest.raises(ValueError, match="salt"):
        aeszip.write({"x": b""}, PHRASE, salts={"x": b"short"}, at=AT)


def test_a_time_before_the_format_existed_is_its_first_year():
    content = made({"x": b""}, at=datetime(1970, 5, 6, tzinfo=UTC))
    with zipfile.ZipFile(io.BytesIO(content)) as whole:
        assert whole.infolist()[0].date_time[:3] == (1980, 5, 6)
