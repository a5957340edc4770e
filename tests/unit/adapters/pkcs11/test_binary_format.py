"""For which processor a library is made."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from bridge.adapters.pkcs11.binaryformat import (
    is_for_other_processor,
    own_processor,
    processors_of,
)


def elf(machine: int, *, order: str = "<") -> bytes:
    return (
        b"\x7fELF"
        + bytes([2, 1 if order == "<" else 2])
        + bytes(12)
        + struct.pack(f"{order}H", machine)
    )


def pe(machine: int, *, signature: bytes = b"PE\0\0") -> bytes:
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80)
    return head.ljust(0x80, b"\0") + signature + struct.pack("<H", machine)


def mach(cpu: int) -> bytes:
    return b"\xcf\xfa\xed\xfe" + struct.pack("<I", cpu)


def fat(*cpus: int) -> bytes:
    entries = b"".join(struct.pack(">I", cpu).ljust(20, b"\0") for cpu in cpus)
    return b"\xca\xfe\xba\xbe" + struct.pack(">I", len(cpus)) + entries


@pytest.mark.parametrize(
    ("content", "processors"),
    [
        pytest.param(elf(62), {"x86_64"}, id="elf-64-bit"),
        pytest.param(elf(3), {"x86"}, id="elf-32-bit"),
        pytest.param(elf(183), {"arm64"}, id="elf-arm"),
        pytest.param(elf(22, order=">"), {"other 22"}, id="elf-other-byte-order"),
        pytest.param(pe(0x8664), {"x86_64"}, id="pe-64-bit"),
        pytest.param(pe(0x014C), {"x86"}, id="pe-32-bit"),
        pytest.param(pe(0xAA64), {"arm64"}, id="pe-arm"),
        pytest.param(mach(0x0100000C), {"arm64"}, id="mach-o"),
        pytest.param(fat(0x01000007, 0x0100000C), {"x86_64", "arm64"}, id="mach-o-universal"),
        pytest.param(b"\xca\xfe\xba\xbe\0\0\0\x41" + bytes(2000), set(), id="java-class"),
        pytest.param(pe(0x8664, signature=b"NE\0\0"), set(), id="old-windows"),
        pytest.param(elf(62)[:12], set(), id="cut-off"),
        pytest.param(b"\x7fELF", set(), id="cut-off-early"),
        pytest.param(b"MZ", set(), id="cut-off-pe"),
        pytest.param(fat(7)[:8], set(), id="cut-off-universal"),
        pytest.param(b"#!/bin/sh", set(), id="script"),
        pytest.param(b"", set(), id="empty"),
    ],
)
def test_the_first_bytes_name_the_processors(content, processors):
    assert processors_of(content) == processors


def test_this_python_is_made_for_its_own_processor():
    assert not is_for_other_processor(Path(sys.executable).resolve())
    assert own_processor()


@pytest.mark.parametrize(
    ("content", "is_other"),
    [(elf(62), False), (elf(3), True), (fat(7, 0x01000007), False), (b"nonsense", False)],
)
def test_only_what_certainly_does_not_fit_is_for_another_processor(tmp_path, content, is_other):
    library = tmp_path / "library"
    library.write_bytes(content)
    assert is_for_other_processor(library, own="x86_64") is is_other


def test_a_file_that_is_not_there_is_for_no_other_processor(tmp_path):
    assert not is_for_other_processor(tmp_path / "absent")
