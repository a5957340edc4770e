"""The smart-card service of our own: it starts, dies and comes back at the same place."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bridge.errors import CardServiceStopped
from bridge.sandbox.pcscd import SOCKET_VARIABLE, PrivatePcscd
from bridge.sandbox.virtualcard import VirtualCard
from tests.support import virtualreader as vr

pytestmark = [
    vr.needs_reader,
    pytest.mark.timeout(60),
    pytest.mark.skipif(
        shutil.which("opensc-tool") is None and not vr.IS_PROMISED,
        reason="OpenSC is not installed",
    ),
]


@pytest.fixture
def pcscd() -> Iterator[PrivatePcscd]:
    with closing(PrivatePcscd()) as made:
        made.start()
        yield made


@pytest.fixture
def card(pcscd: PrivatePcscd) -> Iterator[VirtualCard]:
    with closing(VirtualCard(vr.document().content(), port=pcscd.ports[0])) as made:
        yield made


def tool(program: str, *words: str, at: Path) -> str:
    """Run a program of OpenSC, a process of its own, against a service."""
    ran = subprocess.run(
        [program, *words],
        env={**os.environ, SOCKET_VARIABLE: str(at)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return ran.stdout + ran.stderr


def test_the_reader_has_two_slots_and_sees_the_card(pcscd, card):
    assert tool("opensc-tool", "-l", at=pcscd.socket_path).count("Virtual PCD") == 2
    vr.insert(card)
    assert "Belpic" in tool("opensc-tool", "-n", at=pcscd.socket_path)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_the_service_comes_back_at_the_same_socket_and_takes_the_card_again(pcscd, card, end):
    place = pcscd.socket_path
    vr.insert(card)
    getattr(pcscd, end)()
    vr.until(lambda: not card.state().is_inserted)
    with pytest.raises(CardServiceStopped):
        card.insert()
    assert "Belpic" not in tool("opensc-tool", "-n", at=place)
    pcscd.start()
    vr.insert(card)
    assert pcscd.socket_path == place
    assert "Belpic" in tool("opensc-tool", "-n", at=place)


def test_two_services_live_side_by_side(pcscd):
    with closing(PrivatePcscd()) as other:
        other.start()
        assert not {*other.ports} & {*pcscd.ports}
        for place in (pcscd.socket_path, other.socket_path):
            assert "Virtual PCD" in tool("opensc-tool", "-l", at=place)


def test_closing_leaves_nothing_behind():
    made = PrivatePcscd()
    made.start()
    folder = made.socket_path.parent
    assert folder.exists()
    made.close()
    made.close()
    assert not folder.exists()


@pytest.mark.parametrize(("kind", "issuers"), [("rsa", "rsa"), ("rsa", "ec"), ("ec", "ec")])
def test_opensc_finds_the_objects_of_every_generation(pcscd, kind, issuers):
    issued = vr.document(kind, issuers=issuers)
    with closing(VirtualCard(issued.content(), port=pcscd.ports[0])) as card:
        vr.insert(card)
        shown = tool("pkcs15-tool", "-D", at=pcscd.socket_path)
    for reference in ("(0x82)", "(0x83)"):
        assert reference in shown
    for label in ("Basic PIN", "Authentication", "Signature", "CA", "Root"):
        assert f"[{label}]" in shown


def test_opensc_finds_no_certificate_of_the_holder_on_a_childs_card(pcscd):
    issued = vr.document(document_type=6)
    with closing(VirtualCard(issued.content(), port=pcscd.ports[0])) as card:
        vr.insert(card)
        shown = tool("pkcs15-tool", "--list-certificates", at=pcscd.socket_path)
    assert "[CA]" in shown
    assert "[Authentication]" not in shown
