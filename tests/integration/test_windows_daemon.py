"""The Windows build of the daemon at work, under Wine (*Desktop packaging* 7 and 9).

Whatever is tried here is the production build as it is shipped, in the folder of the installer for
one user; only what Wine itself lacks is made up for, in ``tests.support.wine``.
The platform is the sandbox, in this process; card and reader are the simulator's, through the
replaced ``winscard.dll``.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import socket
import time

import pytest

from bridge.sandbox.virtualcard import VirtualCard
from tests.support.cardrelay import CardRelay
from tests.support.played import Platform
from tests.support.wine import PATIENCE_S, Wine, require_wine
from tests.support.winprogram import PlainPython, Program, caller, package

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

READER, SECOND = "Carebridge Virtual Reader 0", "Carebridge Virtual Reader 1"
_KEYS = itertools.count()
CURRENT = "/v1/ehealth-sessions/current"
SQLITE = b"SQLite format 3\0"
SCOPES = [
    *("status:read", "card:read", "ehealth-session:create", "ehealth-session:read"),
    *("insurability:check", "history:read"),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    require_wine()
    to = tmp_path_factory.mktemp("windows")
    return package(to, "--folder-only")


@pytest.fixture(scope="module")
def relay():
    started = CardRelay((READER, SECOND))
    yield started
    started.close()


@pytest.fixture(scope="module")
def platform():
    require_wine()
    served = Platform()
    yield served
    served.close()


@pytest.fixture(scope="module")
def card(relay, platform):
    played = VirtualCard(platform.world.document.content(), port=relay.slots[READER].port)
    yield played
    played.close()


@pytest.fixture(scope="module")
def wine(tmp_path_factory, relay):
    made = Wine(tmp_path_factory.mktemp("wine"), {"CARDRELAY_PORT": str(relay.port)})
    yield made
    made.close()


@pytest.fixture(scope="module")
def program(wine, built, platform):
    """Give an installed program with the settings and the certificate of its nurse."""
    installed = Program.copied(wine, built / "Carebridge")
    installed.data.mkdir(parents=True)
    settings = installed.data / "carebridge.toml"
    trusted = installed.data / "sts.pem"
    trusted.write_bytes(platform.issuers)
    written = platform.settings(wine.named(trusted), "may_be_elevated = true")
    settings.write_text(written, "utf-8")
    nurse = platform.world.nurse
    certificate = installed.data / "ehealth.p12"
    certificate.write_bytes(nurse.keystore_p12)
    done = installed.say(
        *(
            "keystore",
            "import",
            wine.named(certificate),
            "--nihii",
            nurse.registration.holder.nihii.digits,
        ),
        given=nurse.keystore_passphrase + "\n",
    )
    assert done.status == 0, done.said
    done = installed.say("licence", "set", given=platform.world.licence.password + "\n")
    assert done.status == 0, done.said
    return installed


@pytest.fixture(scope="module")
def daemon(program):
    program.start()
    yield program
    program.quit()


@pytest.fixture(scope="module")
def python(built, tmp_path_factory):
    (archive,) = (built.parent / "downloads").glob("*.tar.gz")
    return PlainPython(tmp_path_factory.mktemp("python"), archive)


@pytest.fixture(scope="module")
def software(wine, python, daemon):
    """Give software of somebody else, connected by the command line over the named pipe (D10)."""
    with caller(wine, python, daemon) as made:
        wanted = {"client_kind": "native", "display_name": "Zorg", "scopes": SCOPES}
        status, offer = made.ask("POST", "/v1/pairings", wanted)
        assert status == 202, offer
        shown = {"Authorization": f"Pairing {offer['pairing_secret']}"}
        approved = daemon.say("pairing", "approve", "--yes")
        assert approved.status == 0, approved.said
        code = re.search(r"\b[0-9]{6}\b", approved.said)[0]  # what the nurse types there
        status, answer = made.ask("POST", offer["links"]["code"], {"code": code}, **shown)
        assert status == 200, answer
        status, grant = made.ask("GET", offer["links"]["self"], **shown)
        assert status == 200, grant
        made.token = grant["token"]
        yield made


@pytest.fixture
def inserted(software, card):
    """Give the card, in the reader and seen there."""
    card.insert()
    _until(software, lambda found: _has_card(found, READER))
    return card


@pytest.fixture
def session(software, inserted, platform, daemon):
    """Give an open session; the window takes the digits, the card signs."""
    status, found = software.ask("GET", CURRENT)
    return found if status == 200 else _opened(software, platform, daemon)


def test_what_is_kept_is_encrypted_and_its_key_is_in_the_credential_manager(daemon) -> None:
    database = daemon.data / "carebridge.db"
    assert not database.read_bytes().startswith(SQLITE)
    stored = daemon.wine.run("reg", "query", r"HKCU\Software\Wine\Credential Manager", "/s")
    assert "Carebridge" in stored.said


def test_the_command_line_reaches_the_daemon_over_the_named_pipe(daemon) -> None:
    told = daemon.told("status")
    assert told["instance"]["version"] == daemon.facts["version"]
    checks = told["health"]["checks"]
    assert checks["storage:integrity"][0]["status"] == "pass"
    assert checks["smartcard_service"][0]["status"] == "pass"
    assert checks["audit_log:chain"][0]["status"] == "pass"


def test_the_ports_belong_to_the_daemon_alone(daemon) -> None:
    port = daemon.facts["port"]
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as other, pytest.raises(OSError, match="in use"):
            other.bind((address, port))


def test_sec_102_a_caller_windows_does_not_know_is_refused(daemon) -> None:
    """Programs outside of Wine are in no table of Windows, as those of nobody."""
    with socket.create_connection(("127.0.0.1", daemon.facts["port"])) as way:
        host = f"127.0.0.1:{daemon.facts['port']}"
        way.sendall(f"GET /v1/instance HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        with contextlib.closing(way.makefile("rb")) as answer:
            assert b" 403 " in answer.readline()


def test_a_second_start_shows_the_first_one(daemon) -> None:
    first = daemon.facts
    assert daemon.wine.finish(str(daemon.folder / "Carebridge.exe"), "--autostart") == 0
    assert daemon.facts == first


def test_a_link_that_is_none_is_refused_and_starts_nothing(daemon) -> None:
    program = str(daemon.folder / "Carebridge.exe")
    assert daemon.wine.finish(program, "--url", "carebridge://start?origin=evil") == 2
    assert daemon.wine.finish(program, "--url", "carebridge://start") == 0


def test_software_connected_by_the_command_line_may_ask(software) -> None:
    status, health = software.ask("GET", "/v1/health")
    assert (status, health["version"]) == (200, "1")


def test_cards_and_readers_come_and_go(software, inserted, relay) -> None:
    _until(software, lambda found: set(found) == {READER, SECOND})
    readers = _readers(software)
    assert readers[READER]["card"]["kind"] == "eid"
    assert readers[SECOND]["card"] is None
    inserted.remove()
    _until(software, lambda found: READER in found and not _has_card(found, READER))
    relay.unplug(SECOND)
    try:
        _until(software, lambda found: set(found) == {READER})
    finally:
        relay.plug(SECOND)
    _until(software, lambda found: set(found) == {READER, SECOND})


def test_readers_unplugged_at_work_come_back_with_their_card(software, inserted, relay) -> None:
    """The one with the card goes, then the last one, after which there is none at all."""
    try:
        relay.unplug(READER)
        _until(software, lambda found: set(found) == {SECOND})
        relay.unplug(SECOND)
        _until(software, lambda found: not found)
    finally:
        for name in (SECOND, READER):
            relay.plug(name)
    _until(software, lambda found: set(found) == {READER, SECOND})
    inserted.remove()
    inserted.insert()
    _until(software, lambda found: _has_card(found, READER))


def test_a_session_opens_with_card_and_pin(session, card) -> None:
    assert session["state"] == "open"
    assert card.state().signatures >= 1
    assert not card.state().is_verified


def test_a_question_is_answered_by_the_platform(session, software, daemon, platform) -> None:
    done = _asked(software, daemon, platform)
    status, check = software.ask("GET", done["result"]["links"]["self"])
    assert (status, check["is_insured"]) == (200, True)


def test_the_icon_is_shown(daemon) -> None:
    daemon.wine.until(lambda: "tray.shown" in daemon.log, "the icon is not shown")


def test_the_icon_comes_back_with_a_new_task_bar(daemon, python, wine) -> None:
    """Explorer ends and begins again.

    Wine's own Explorer takes the desktop with it, so the task bar alone forgets the icon here,
    and is announced again as Windows announces it.
    """
    wine.until(lambda: python.told(wine, "taskbar.py", "known") == "1", "the icon is not shown")
    assert python.told(wine, "taskbar.py", "forget") == "1"
    assert python.told(wine, "taskbar.py", "known") == "0"
    assert python.told(wine, "taskbar.py", "announce") != "0"
    wine.until(lambda: python.told(wine, "taskbar.py", "known") == "1", "the icon does not return")


def test_a_daemon_that_crashes_is_started_again(daemon, software) -> None:
    before, (starter,) = daemon.facts, daemon.starters
    daemon.crash()
    daemon.wine.until(lambda: daemon.listens(other_than=before), "nobody starts it again")
    assert daemon.starters == [starter]
    status, health = software.ask("GET", "/v1/health")
    assert status == 200, health


def test_quit_leaves_no_process_and_no_port_and_the_data_and_a_new_start_asks_the_pin(
    session, software, daemon, platform, card
) -> None:
    _asked(software, daemon, platform)
    _, before = software.ask("GET", "/v1/insurability-checks")
    assert before["items"]
    port = daemon.facts["port"]
    assert daemon.quit() == 0
    assert daemon.facts is None
    daemon.wine.until(lambda: daemon.running() == [], "a process stays")
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))
        free.listen()
    assert daemon.quit() == 0
    daemon.start()
    status, after = software.ask("GET", "/v1/insurability-checks")
    assert status == 200, after
    assert [each["id"] for each in after["items"]] == [each["id"] for each in before["items"]]
    status, none = software.ask("GET", CURRENT)
    assert (status, none["code"]) == (404, "not_found"), none
    signatures = card.state().signatures
    again = _opened(software, platform, daemon)
    assert again["id"] != session["id"]
    assert card.state().signatures > signatures


def test_what_the_log_says_names_nobody(daemon, platform) -> None:
    nurse = platform.world.nurse.registration.holder.niss
    assert nurse.digits not in daemon.log
    assert "Traceback" not in daemon.log


def _opened(software, platform, daemon):
    """Open a session: the window asks for the PIN, and somebody types it."""
    status, operation = software.ask("POST", "/v1/ehealth-sessions", {})
    assert status == 202, operation
    screen = daemon.wine.screen
    daemon.wine.until(screen.window, "no window asks for the PIN")
    daemon.wine.until(lambda: _has_focus(screen), "the window has no focus")
    screen.type(platform.world.nurse.pin.decode())
    screen.press("Return")
    done = daemon.wine.until(lambda: _ended(software, operation["id"]), "no end of the operation")
    assert (done["status"], done["problem"]) == ("succeeded", None)
    status, found = software.ask("GET", CURRENT)
    assert status == 200, found
    return found


def _asked(software, daemon, platform):
    """Ask whether a patient is insured, and give the operation once it has ended."""
    question = {
        "patient": {"niss": platform.world.people.people()[0].niss.digits},
        "purpose": "information",
        "contact_type": "other",
    }
    key = {"Idempotency_Key": f"windows-{next(_KEYS):08d}"}
    status, operation = software.ask("POST", "/v1/insurability-checks", question, **key)
    assert status == 202, operation
    done = daemon.wine.until(lambda: _ended(software, operation["id"]), "no answer")
    assert done["status"] == "succeeded", done
    return done


def _readers(software):
    status, found = software.ask("GET", "/v1/readers")
    assert status == 200, found
    return {each["name"]: each for each in found["items"]}


def _has_card(readers, name) -> bool:
    """Tell whether there is a card, which takes a moment after a start or a new reader."""
    return name in readers and readers[name]["card"] is not None


def _until(software, is_so):
    deadline = time.monotonic() + PATIENCE_S
    while not is_so(found := _readers(software)):
        assert time.monotonic() < deadline, found
        time.sleep(0.2)


def _has_focus(screen) -> bool:
    return screen.do("getwindowfocus", "getwindowname") == "Carebridge"


def _ended(software, operation_id):
    status, operation = software.ask("GET", f"/v1/operations/{operation_id}")
    assert status == 200, operation
    return operation if operation["status"] in {"succeeded", "failed", "cancelled"} else None
