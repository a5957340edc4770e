"""The PKCS#11 library in a process of its own: it signs, and what it breaks stays there."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from bridge.adapters.pkcs11.job import CardChoice, CardPart
from bridge.adapters.pkcs11.modules import discover
from bridge.adapters.pkcs11.process import TimeLimits, WorkerSigner
from bridge.adapters.selfcall import own_command
from bridge.crypto.algorithms import SignatureAlgorithm, verify
from bridge.domain.secrets import Pin
from bridge.errors import (
    CardExchanged,
    CardMissing,
    InputError,
    LastTryRefused,
    MiddlewareCannotSign,
    MiddlewareCrashed,
    MiddlewareMissing,
    MiddlewareWrongBitness,
    PinBlocked,
    PinWrong,
    PromptUnavailable,
    ReaderMissing,
    ReaderTimeout,
)
from bridge.ports.card import CardFacts
from tests.support import cardshim, pki, softhsm
from tests.support.processmemory import copies

RSA = SignatureAlgorithm.RSA_SHA256
EC = SignatureAlgorithm.ECDSA_SHA256
COMMAND = own_command("--card-worker")

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
async def workers():
    """Make signers whose workers are ended after the test."""
    made = []

    def make(
        module: Path | None = None,
        kind: pki.KeyKind = "rsa",
        *,
        limits: TimeLimits | None = None,
        has_dialogue: bool = False,
        choice: CardChoice | None = None,
    ) -> WorkerSigner:
        token = softhsm.token(kind)
        part = CardPart(
            module=module or token.module,
            choice=choice or token.choice,
            has_dialogue=has_dialogue,
        )
        made.append(WorkerSigner(COMMAND, part, limits=limits))
        return made[-1]

    yield make
    for signer in made:
        await signer.close()


@pytest.fixture
def behave(monkeypatch, tmp_path):
    """Tell the library of the next worker how to behave, and give what was called in it."""
    log = tmp_path / "calls"
    monkeypatch.setenv("CARDSHIM_LOG", str(log))

    def tell(**values: int) -> None:
        monkeypatch.setenv("CARDSHIM", cardshim.settings(**values))

    def calls() -> list[str]:
        return log.read_text().split() if log.exists() else []

    tell.calls = calls
    return tell


async def sign(signer: WorkerSigner, pin: bytes | None = softhsm.PIN) -> bytes:
    return await signer.sign(b"x", algorithm=RSA, pin=Pin(pin) if pin else None)


async def test_a_worker_shows_the_card(workers):
    facts = await workers().facts()
    assert facts.authentication_certificate == pki.eid("rsa").certificate.der


async def test_a_worker_signs_with_an_ec_key(workers):
    signature = await workers(kind="ec").sign(b"x", algorithm=EC, pin=Pin(softhsm.PIN))
    verify(pki.eid("ec").certificate.public_key, EC, signature=signature, data=b"x")


async def test_one_worker_serves_one_job_after_the_other(workers):
    signer = workers()
    await signer.facts()
    first = signer.worker_pid
    await asyncio.gather(*(sign(signer) for _ in range(3)))
    assert signer.worker_pid == first


async def test_nothing_is_started_before_it_is_needed(workers):
    assert workers().worker_pid is None


async def test_sec_86_the_pin_is_wiped_here_after_it_was_sent(workers):
    pin = Pin(softhsm.PIN)
    await workers().sign(b"x", algorithm=RSA, pin=pin)
    assert bytes(pin.buffer) == b""


async def test_a_refusal_comes_back_with_its_facts(workers):
    with pytest.raises(PinWrong) as caught:
        await sign(workers(), softhsm.WRONG_PIN)
    assert caught.value.params == {"tries_left": None}


async def test_no_pin_and_no_keypad_is_told_by_the_worker(workers):
    with pytest.raises(PromptUnavailable):
        await sign(workers(), pin=None)


async def test_a_card_exchanged_after_the_look_does_not_get_the_pin(workers):
    token = softhsm.blank_token("WORKER EXCHANGED")
    softhsm.add_certificate(token, pki.eid("rsa").certificate, label="Authentication")
    signer = workers(choice=token.choice)
    await signer.facts()
    with softhsm.opened(token) as session:
        for found in list(session.get_objects({})):
            found.destroy()
    softhsm.add_certificate(token, pki.eid("ec").certificate, label="Authentication")
    with pytest.raises(CardExchanged):
        await signer.sign(b"x", algorithm=EC, pin=Pin(softhsm.PIN))


async def test_a_missing_library_is_told(workers, tmp_path):
    with pytest.raises(MiddlewareMissing) as caught:
        await workers(tmp_path / "absent.so").facts()
    assert caught.value.problem_code == "middleware_missing"


@pytest.mark.skipif(sys.platform == "win32", reason="writes an ELF file")
async def test_a_library_of_another_word_size_is_told(workers, tmp_path):
    library = tmp_path / "narrow.so"
    content = bytearray(softhsm.token("rsa").module.read_bytes())
    content[4], content[18:20] = 1, (3).to_bytes(2, "little")
    library.write_bytes(content)
    with pytest.raises(MiddlewareWrongBitness):
        await workers(library).facts()


async def test_a_worker_that_cannot_be_started_is_a_crash(tmp_path):
    signer = WorkerSigner([str(tmp_path / "nothing")], CardPart(module=None))
    with pytest.raises(MiddlewareCrashed):
        await signer.facts()
    await signer.close()


async def test_a_worker_that_answers_nonsense_is_a_crash():
    chatter = (sys.executable, "-c", "import os; os.write(1, b'\\xff' * 99)")
    signer = WorkerSigner(chatter, CardPart(module=None))
    with pytest.raises(MiddlewareCrashed):
        await signer.facts()
    await signer.close()


async def test_a_worker_that_died_between_two_jobs_is_replaced(workers):
    signer = workers()
    await signer.facts()
    worker = psutil.Process(signer.worker_pid)
    worker.kill()
    await asyncio.to_thread(worker.wait, 5)
    assert await sign(signer)


@pytest.mark.parametrize("point", [cardshim.LOAD, cardshim.SLOTS], ids=["load", "slots"])
@cardshim.NEEDED
async def test_a_library_that_crashes_is_told_and_tried_afresh(workers, behave, point):
    behave(crash=point)
    signer = workers(cardshim.path())
    with pytest.raises(MiddlewareCrashed):
        await signer.facts()
    behave()
    assert await signer.facts()


@pytest.mark.parametrize("point", [cardshim.LOGIN, cardshim.SIGN], ids=["login", "sign"])
@cardshim.NEEDED
async def test_after_a_crash_no_pin_is_verified_again(workers, behave, point):
    behave(crash=point)
    signer = workers(cardshim.path())
    await signer.facts()
    pin = Pin(softhsm.PIN)
    with pytest.raises(MiddlewareCrashed):
        await signer.sign(b"x", algorithm=RSA, pin=pin)
    assert behave.calls().count("login") == 1
    assert bytes(pin.buffer) == b""
    behave()
    assert await sign(signer)


async def until_it_is_fast_enough(signer: WorkerSigner) -> CardFacts:
    """Look with a short limit again and again: a busy computer starts a worker slowly."""
    while True:
        with suppress(ReaderTimeout):
            return await signer.facts()


@pytest.mark.parametrize("point", [cardshim.LOAD, cardshim.SLOTS], ids=["load", "slots"])
@pytest.mark.timeout(60)
@cardshim.NEEDED
async def test_dos_06_pin_05_a_library_that_hangs_is_ended_in_time(workers, behave, point):
    behave(hang=point)
    signer = workers(cardshim.path(), limits=TimeLimits(facts_s=2, close_s=0.2))
    with pytest.raises(ReaderTimeout):
        await signer.facts()
    assert signer.worker_pid is None
    behave()
    assert await until_it_is_fast_enough(signer)


@cardshim.NEEDED
@pytest.mark.timeout(60)
async def test_dos_06_a_signature_that_hangs_is_ended_and_not_repeated(workers, behave):
    behave(hang=cardshim.SIGN)
    signer = workers(cardshim.path(), limits=TimeLimits(sign_s=2, close_s=0.2))
    await signer.facts()
    with pytest.raises(ReaderTimeout):
        await sign(signer)
    assert behave.calls().count("login") == 1


@cardshim.NEEDED
async def test_what_a_library_prints_disturbs_nobody(workers, behave, capfd):
    behave(prints=1)
    assert await sign(workers(cardshim.path()))
    assert capfd.readouterr() == ("", "")


@cardshim.NEEDED
async def test_a_library_without_the_mechanism_of_the_key_is_told(workers, behave):
    behave(hidden=cardshim.ECDSA)
    with pytest.raises(MiddlewareCannotSign):
        await workers(cardshim.path(), "ec").facts()


@cardshim.NEEDED
async def test_a_keypad_is_announced_and_used(workers, behave):
    behave(flags=cardshim.KEYPAD, keypad=int(softhsm.PIN))
    signer = workers(cardshim.path())
    assert (await signer.facts()).has_keypad
    assert await sign(signer, pin=None)


@cardshim.NEEDED
async def test_a_blocked_card_is_told(workers, behave):
    behave(login=cardshim.PIN_LOCKED)
    with pytest.raises(PinBlocked):
        await sign(workers(cardshim.path()))


@cardshim.NEEDED
async def test_a_pin_of_a_wrong_form_is_told(workers, behave):
    behave(login=cardshim.PIN_LEN_RANGE)
    with pytest.raises(InputError) as caught:
        await sign(workers(cardshim.path()))
    assert caught.value.problem_code == "pin_malformed"


@cardshim.NEEDED
async def test_the_window_of_a_library_is_not_opened_again_after_a_crash(workers, behave):
    behave(unset=cardshim.LOGIN_REQUIRED, dialogue=1, crash=cardshim.SIGN, keypad=1234)
    signer = workers(cardshim.path(), has_dialogue=True)
    assert (await signer.facts()).asks_itself
    with pytest.raises(MiddlewareCrashed):
        await sign(signer, pin=None)
    behave(unset=cardshim.LOGIN_REQUIRED, dialogue=1, keypad=1234)
    with pytest.raises(LastTryRefused):
        await sign(signer, pin=None)


@cardshim.NEEDED
async def test_a_job_that_hangs_does_not_keep_the_daemon_from_ending(workers, behave):
    behave(hang=cardshim.SLOTS)
    signer = workers(cardshim.path(), limits=TimeLimits(close_s=0.2))
    job = asyncio.create_task(signer.facts())
    while signer.worker_pid is None:  # noqa: ASYNC110  # a thread starts it
        await asyncio.sleep(0.01)
    await signer.close()
    with pytest.raises(MiddlewareCrashed):
        await job


@cardshim.NEEDED
async def test_a_cancelled_caller_leaves_the_signature_to_its_end(workers, behave):
    signer = workers(cardshim.path())
    await signer.facts()
    job = asyncio.create_task(sign(signer))
    await asyncio.sleep(0)
    await asyncio.sleep(0.001)
    job.cancel()
    await asyncio.wait([job])
    if "login" in behave.calls():
        assert behave.calls()[-1] == "logout"
    assert await sign(signer)


async def test_the_card_is_missing_as_without_a_worker(workers):
    with pytest.raises(CardMissing):
        await workers(choice=CardChoice(token_serial="ffffffffffffffff")).facts()


@pytest.mark.skipif(not discover(("opensc",)), reason="OpenSC is not installed")
async def test_a_computer_without_card_service_has_no_reader(monkeypatch, tmp_path):
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(tmp_path / "nobody"))
    signer = WorkerSigner(COMMAND, CardPart(module=discover(("opensc",))[0]))
    with pytest.raises(ReaderMissing):
        await signer.facts()
    await signer.close()


async def test_a_worker_ends_with_its_signer(workers):
    signer = workers()
    await signer.facts()
    worker = psutil.Process(signer.worker_pid)
    await signer.close()
    assert not worker.is_running()


ORPHANING = """
import os, subprocess, sys
worker = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
print(worker.pid, flush=True)
os._exit(9)
"""


async def test_a_worker_ends_when_the_daemon_is_killed():
    answer = subprocess.run(
        [sys.executable, "-c", ORPHANING, *COMMAND], check=False, capture_output=True
    )
    with suppress(psutil.NoSuchProcess):
        psutil.Process(int(answer.stdout)).wait()


@needs_proc
async def test_pin_08_a_worker_leaves_no_core_file_and_shares_no_output(workers):
    signer = workers()
    await signer.facts()
    assert _core_limits(signer.worker_pid) == ["0", "0"]
    assert _standard_output(signer.worker_pid) == Path("/dev/null")


def _core_limits(pid: int) -> list[str]:
    """Give the soft and the hard limit for core files."""
    limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return next(line.split()[4:6] for line in limits if line.startswith("Max core file size"))


def _standard_output(pid: int) -> Path:
    return Path(f"/proc/{pid}/fd/1").readlink()


async def test_a_worker_gets_no_order_to_write_pins_into_a_log(workers, monkeypatch):
    monkeypatch.setenv("OPENSC_DEBUG", "9")
    signer = workers()
    await signer.facts()
    assert "OPENSC_DEBUG" not in psutil.Process(signer.worker_pid).environ()


@needs_proc
async def test_pin_07_no_copy_of_the_pin_is_left_in_the_worker(workers):
    digits = bytes(48 + (7 * n + 3) % 10 for n in range(12))
    signer = workers()
    with pytest.raises(PinWrong):
        await sign(signer, digits)
    assert copies(signer.worker_pid, digits) == 0
