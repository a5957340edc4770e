"""The doctor's look at libraries: each in a process of its own, and no failure is an end."""

from __future__ import annotations

import sys

import pytest

from bridge.adapters.pkcs11.inspect import module_facts
from bridge.adapters.pkcs11.modules import discover
from bridge.adapters.selfcall import own_command
from bridge.ports.doctor import ModuleFacts
from tests.support import cardshim, softhsm

COMMAND = own_command("--card-worker")


async def test_a_library_that_works_tells_its_version():
    module = softhsm.token("rsa").module
    (facts,) = await module_facts([module], command=COMMAND, chosen=module)
    assert facts.version
    assert facts.version[0].isdigit()
    assert facts == ModuleFacts(name="other", version=facts.version, code=None, is_chosen=True)


async def test_a_library_that_is_not_there_is_a_finding(tmp_path):
    (facts,) = await module_facts([tmp_path / "beidpkcs11.so"], command=COMMAND)
    assert facts == ModuleFacts(
        name="official", version=None, code="middleware_missing", is_chosen=False
    )


@pytest.mark.skipif(sys.platform == "win32", reason="writes an ELF file")
async def test_a_library_of_another_word_size_is_a_finding(tmp_path):
    library = tmp_path / "opensc-pkcs11.so"
    library.write_bytes(b"\x7fELF\x01\x01" + bytes(12) + b"\x03\0" + bytes(100))
    (facts,) = await module_facts([library], command=COMMAND)
    assert (facts.name, facts.code) == ("opensc", "middleware_wrong_bitness")


@cardshim.NEEDED
async def test_a_library_that_crashes_is_a_finding_and_the_next_is_still_examined(monkeypatch):
    monkeypatch.setenv("CARDSHIM", cardshim.settings(crash=cardshim.LOAD))
    crashing, working = cardshim.path(), softhsm.token("rsa").module
    found = await module_facts([crashing, working], command=COMMAND)
    assert [facts.code for facts in found] == ["middleware_crashed", None]


@cardshim.NEEDED
async def test_a_library_that_hangs_is_a_finding(monkeypatch):
    monkeypatch.setenv("CARDSHIM", cardshim.settings(hang=cardshim.LOAD))
    (facts,) = await module_facts([cardshim.path()], command=COMMAND, limit_s=1)
    assert facts.code == "reader_timeout"


@pytest.mark.skipif(not discover(("opensc",)), reason="OpenSC is not installed")
async def test_opensc_tells_its_version():
    (module, *_) = discover(("opensc",))
    (facts,) = await module_facts([module], command=COMMAND)
    assert (facts.name, facts.code) == ("opensc", None)
    assert facts.version
