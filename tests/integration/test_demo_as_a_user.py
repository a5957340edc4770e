"""The README's first command and what a user does next: real process, real sockets, curl."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge.adapters.folders import Folders
from bridge.adapters.localsocket import LocalClient
from bridge.daemon.referencedata import import_by_daemon
from tests.support import billingfront, referencefiles
from tests.support.virtualreader import needs_reader, until

ROOT = Path(__file__).resolve().parents[2]
START_S = 60
pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
    pytest.mark.skipif(sys.platform == "win32", reason="an interrupt is sent as POSIX signal"),
]
CHOICES = [
    pytest.param("software", "rsa", id="software-rsa", marks=pytest.mark.slow),
    pytest.param("software", "ec", id="software-p384"),
    pytest.param("softhsm", "rsa", id="softhsm-rsa", marks=pytest.mark.slow),
    pytest.param("softhsm", "ec", id="softhsm-p384"),
]


def command(*arguments: str) -> list[str]:
    """Carebridge's own command, by the interpreter that runs the tests."""
    return [sys.executable, "-m", "bridge", *arguments]


@contextmanager
def demo(tmp_path: Path, *arguments: str):
    """Run the demo and give its one line; afterwards it must end well when interrupted."""
    with (tmp_path / "stderr").open("wb") as said:
        process = subprocess.Popen(
            command("demo", "--headless", "--json", "--port", "0", *arguments),
            stdout=subprocess.PIPE,
            stderr=said,
            cwd=ROOT,
        )
    try:
        facts = json.loads(process.stdout.readline())
        yield facts
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert process.stdout.read() == b""
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def curl(facts: dict, method: str, path: str, body: object = None, **headers: str):
    """One request by curl: status and document."""
    sent = {"Authorization": f"Bearer {facts['token']}", **headers}
    if body is not None:
        sent["Content-Type"] = "application/json"
    arguments = ["curl", "-sS", "-X", method, "-w", "\n%{http_code}", facts["base_url"] + path]
    for name, value in sent.items():
        arguments += ["-H", f"{name}: {value}"]
    if body is not None:
        arguments += ["--data-binary", json.dumps(body)]
    text = subprocess.run(arguments, capture_output=True, check=True, timeout=40).stdout.decode()
    document, _, status = text.rpartition("\n")
    return int(status), json.loads(document) if document else None


def followed(facts: dict, operation: dict) -> dict:
    """The operation once it is final."""
    deadline = time.monotonic() + 30
    while operation["status"] not in {"succeeded", "failed", "outcome_unknown", "cancelled"}:
        assert time.monotonic() < deadline
        time.sleep(0.05)
        _, operation = curl(facts, "GET", operation["links"]["self"])
    return operation


@pytest.mark.parametrize(("card", "key"), CHOICES)
def test_curl_opens_a_session_and_gets_an_answer(tmp_path: Path, card: str, key: str) -> None:
    if card == "softhsm" and shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM2 is not installed")
    with demo(tmp_path, "--card", card, "--key", key) as facts:
        assert set(facts) == {"base_url", "token", "sandbox_url", "pid"}
        status, operation = curl(facts, "POST", "/v1/ehealth-sessions", {})
        assert status == 202
        assert followed(facts, operation)["status"] == "succeeded"
        added = {"niss": "86103130262", "mutuality": "319"}
        assert curl(facts, "POST", "/v1/simulator/people", added)[0] == 201
        status, check = curl(
            facts,
            "POST",
            "/v1/insurability-checks",
            {"patient": {"niss": "86103130262"}},
            **{"Idempotency-Key": "a-key-of-this-test", "Prefer": "wait=20"},
        )
        assert status == 201
        assert (check["is_insured"], check["insurer"]) == (True, "300")
        _, ledger = curl(facts, "GET", "/v1/simulator/ledger")
        received = [(each["operation"], each["is_accepted"]) for each in ledger["items"]]
        assert received == [("issue", True), ("challenge", True), ("consult", True)]


def test_a_wrong_pin_on_a_real_token_and_then_the_right_one(tmp_path: Path) -> None:
    if shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM2 is not installed")
    with demo(tmp_path, "--card", "softhsm") as facts:
        curl(facts, "PUT", "/v1/simulator/scenario", {"name": "pin_wrong"})
        _, operation = curl(facts, "POST", "/v1/ehealth-sessions", {})
        assert followed(facts, operation)["problem"]["code"] == "pin_wrong"
        curl(facts, "PUT", "/v1/simulator/scenario", {"name": "normal"})
        # The token does not tell its tries, so after a failure this may be the last one.
        _, operation = curl(facts, "POST", "/v1/ehealth-sessions", {})
        assert followed(facts, operation)["problem"]["code"] == "pin_last_try"


@pytest.mark.slow
def test_after_a_wrong_pin_the_next_one_needs_a_consent(tmp_path: Path) -> None:
    if shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM2 is not installed")
    with demo(tmp_path, "--card", "softhsm") as facts:
        curl(facts, "PUT", "/v1/simulator/scenario", {"name": "pin_wrong"})
        _, operation = curl(facts, "POST", "/v1/ehealth-sessions", {})
        assert followed(facts, operation)["problem"]["code"] == "pin_wrong"
        curl(facts, "PUT", "/v1/simulator/scenario", {"name": "last_try_consented"})
        _, operation = curl(facts, "POST", "/v1/ehealth-sessions", {})
        assert followed(facts, operation)["status"] == "succeeded"


@pytest.mark.skipif(not all(map(shutil.which, ("bash", "jq"))), reason="bash or jq is missing")
def test_the_invoice_lines_of_the_vendors_page_end_with_a_paid_act(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "vendors.md").read_text("utf-8")
    section = page.partition("\n## Invoices\n")[2].partition("\n## ")[0]
    lines = "set -eu\n" + "".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))
    with demo(tmp_path) as facts:
        given = {**os.environ, "URL": facts["base_url"], "TOKEN": facts["token"]}
        ran = subprocess.run(
            ["bash", "-c", lines],
            env=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ran.returncode == 0, ran.stderr
        _, batches = curl(facts, "GET", "/v1/invoice-batches")
        assert [each["status"] for each in batches["items"]] == ["settled"]
        _, claims = curl(facts, "GET", batches["items"][0]["links"]["self"] + "/claims")
        (line,) = claims["items"][0]["lines"]
        assert (line["result"], line["paid_cents"]) == ("paid", line["insurer_amount_cents"])


def cards_of(facts) -> list[str]:
    """Give the kinds of cards in the readers, which the daemon does not wait for at its start."""
    _, readers = curl(facts, "GET", "/v1/readers")
    return [each["card"]["kind"] for each in readers["items"] if each["card"]]


def middleware_of(facts) -> str | None:
    """Give the library that is used, once it was looked at."""
    _, health = curl(facts, "GET", "/v1/health")
    (check,) = health["checks"].get("middleware:version", [{"about": None}])
    return check["about"]


@needs_reader
@pytest.mark.parametrize(
    ("key", "signing", "library"),
    [
        pytest.param("rsa", "middleware", "opensc", id="rsa-through-opensc"),
        pytest.param(
            "ec", "card-commands", None, id="ec-by-our-own-commands", marks=pytest.mark.slow
        ),
        pytest.param("ec", "auto", None, id="ec-auto"),
    ],
)
def test_a_session_is_opened_with_a_card_in_a_virtual_reader(
    tmp_path: Path, key: str, signing: str, library: str | None
) -> None:
    words = ("--card", "virtual", "--key", key, "--signing", signing)
    with demo(tmp_path, *words) as facts:
        assert until(lambda: cards_of(facts), START_S) == ["eid"]
        status, session = curl(facts, "POST", "/v1/ehealth-sessions", {}, Prefer="wait=30")
        assert (status, session["state"]) == (201, "open")
        _, health = curl(facts, "GET", "/v1/health")
        assert health["checks"]["smartcard_service"][0]["status"] == "pass"
        if library is not None:
            assert library in until(lambda: middleware_of(facts), START_S)
        status, read = curl(
            facts, "POST", "/v1/patient-cards/reading", {"has_address": True}, Prefer="wait=30"
        )
        assert status == 201
        assert read["identity_reading"]["support_kind"] == "1"
        assert len(read["identity_reading"]["support_serial"]) == 12


@needs_reader
@pytest.mark.slow
def test_faults_of_a_card_in_a_virtual_reader_leave_the_daemon_alive(tmp_path: Path) -> None:
    with demo(tmp_path, "--card", "virtual", "--key", "ec") as facts:
        for scenario, code in (
            ("card_removed", "card_removed"),
            ("card_missing", "card_missing"),
            ("pin_wrong", "pin_wrong"),
        ):
            curl(facts, "PUT", "/v1/simulator/scenario", {"name": scenario})
            time.sleep(1.2)  # the virtual reader looks every 400 ms
            _, operation = curl(facts, "POST", "/v1/ehealth-sessions", {})
            assert followed(facts, operation)["problem"]["code"] == code
        curl(facts, "PUT", "/v1/simulator/scenario", {"name": "normal"})
        _, operation = curl(facts, "POST", "/v1/ehealth-sessions", {})
        assert followed(facts, operation)["status"] == "succeeded"


def test_the_command_line_speaks_to_the_running_daemon(tmp_path: Path) -> None:
    folder = ["--folder", str(tmp_path / "f")]
    with demo(tmp_path, *folder) as facts:
        people = curl(facts, "GET", "/v1/simulator/people")[1]["items"]

        def carebridge(*arguments: str, given: str = ""):
            return subprocess.run(
                command(*arguments, *folder), input=given, capture_output=True, text=True,
                check=False, timeout=60, cwd=ROOT,
            )  # fmt: skip

        status = carebridge("status", "--json")
        assert status.returncode == 0, status.stderr
        assert json.loads(status.stdout)["instance"]["version"]
        refused = carebridge("insurability", given=people[0]["niss"] + "\n")
        assert refused.returncode == 1
        assert "[ehealth_session_required]" in refused.stderr
        assert people[0]["niss"] not in refused.stderr
        opened = carebridge("session", "open", "--json")
        assert opened.returncode == 0, opened.stderr
        assert json.loads(opened.stdout)["state"] == "open"
        asked = carebridge("insurability", "--json", given=people[0]["niss"] + "\n")
        assert json.loads(asked.stdout)["is_insured"] is True
        assert carebridge("session", "end").returncode == 0
        assert_the_command_line_shows_invoices_of_billing_services(facts, carebridge)
        list_of_errors = tmp_path / "errors.csv"
        list_of_errors.write_bytes(referencefiles.texts("500423,Montant faux,"))
        channel = LocalClient(tmp_path / "f" / "run", key=bytes)
        (edition,) = import_by_daemon([list_of_errors], channel.call)["editions"]
        assert (edition["outcome"], edition["lines"]) == ("added", 1)
        kept = curl(facts, "GET", "/v1/reference-data")[1]["items"]
        assert [each["source"] for each in kept] == [edition["source"]]
        list_of_errors.write_bytes(referencefiles.texts("500423,,"))
        wrong = carebridge("reference-data", "import", str(list_of_errors))
        assert wrong.returncode == 1
        assert "errors.csv:8: " in wrong.stderr
        assert "[reference_text_invalid]" in wrong.stderr
        software = connected(facts, Folders.under(tmp_path / "f").runtime)
        assert curl(software, "GET", "/v1/health")[1]["status"] in {"pass", "warn"}
        assert_a_copied_token_waits(software, channel, tmp_path / "f" / "data" / "audit")
        assert curl(software, "DELETE", "/v1/pairings/current")[0] == 204
        assert curl(software, "GET", "/v1/health")[1]["code"] == "token_revoked"
        logs = "".join(path.read_text() for path in (tmp_path / "f" / "log").iterdir())
        assert people[0]["niss"] not in logs
        assert facts["token"] not in logs
    assert carebridge("status").returncode == 3


def assert_the_command_line_shows_invoices_of_billing_services(facts: dict, carebridge) -> None:
    """The billing steps of the page on the simulator: send, let months pass, look (SEC-165)."""
    (service,) = curl(facts, "GET", "/v1/billing-services")[1]["items"]
    asked = billingfront.invoice(service["id"], 1)
    headers = {"Idempotency-Key": "a-bill-of-this-test", "Prefer": "wait=20"}
    status, sent = curl(facts, "POST", "/v1/billing-invoices", asked, **headers)
    assert (status, sent["state"]["code"]) == (201, "sent"), sent
    assert curl(facts, "PUT", "/v1/simulator/clock", {"insurers_ahead_s": 30 * 86_400})[0] == 200
    synced = carebridge("billing", "sync", "--json")
    assert synced.returncode == 0, synced.stderr
    assert json.loads(synced.stdout)["items"][0]["synchronisation"]["problem_code"] is None
    shown = carebridge("billing", "show", sent["id"], "--live", "--names", "--json")
    assert json.loads(shown.stdout)["invoice"]["patient"]["last_name"] == "Pruikenmaker"
    tree = carebridge("billing", "tree", "--treatment", asked["treatment_ref"], "--refresh")
    assert tree.returncode == 0, tree.stderr
    assert "Pruikenmaker" not in tree.stdout
    assert f"✔ {asked['number']}" in tree.stdout


def connected(facts: dict, runtime: Path) -> dict:
    """Connect native software as its user would (D10), over the channel of her command line.

    The commands themselves are in ``tests/component/test_pairing_commands.py``; each would be one
    more process to start.
    """
    wanted = {"client_kind": "native", "display_name": "Zorg", "scopes": ["status:read"]}
    status, offer = curl(facts, "POST", "/v1/pairings", wanted)
    assert status == 202
    decision = {"decision": "approve", "pairing_id": offer["pairing_id"]}
    channel = LocalClient(runtime, key=bytes)
    approved = channel.call({"verb": "pairing-decision", **decision})
    shown = {"Authorization": f"Pairing {offer['pairing_secret']}"}
    code = {"code": approved["code"]}
    assert curl(facts, "POST", offer["links"]["code"], code, **shown)[0] == 200
    status, grant = curl(facts, "GET", offer["links"]["self"], **shown)
    assert status == 200
    return {**facts, "token": grant["token"]}


def assert_a_copied_token_waits(software: dict, channel: LocalClient, audit: Path) -> None:
    """LOC-03: curl was given the token; the program that runs this test was not."""
    if sys.platform != "linux":
        return

    def health() -> tuple[int, dict]:
        address = software["base_url"].removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=30)
        shown = {"Authorization": f"Bearer {software['token']}"}
        connection.request("GET", "/v1/health", headers=shown)
        answer = connection.getresponse()
        document = json.loads(answer.read())
        connection.close()
        return answer.status, document

    status, problem = health()
    assert (status, problem["code"]) == (403, "program_unconfirmed")
    assert curl(software, "GET", "/v1/health")[0] == 200
    (pairing,) = channel.call({"verb": "pairings"})["pairings"]
    assert pairing["new_program"].startswith("python")
    channel.call({"verb": "program-confirmed", "pairing_id": pairing["id"]})
    assert health()[0] == 200
    records = (audit / "audit.jsonl").read_text()
    assert records.count('"result":"program_unconfirmed"') == 1
    assert records.count('"action":"program_confirmed"') == 1


@pytest.fixture
def wide_umask():
    """Let new files be open to everybody unless the program sees to it."""
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> dict[str, str]:
    """What others may do with each file, folder and socket of a run."""
    return {
        str(each.relative_to(folder)): stat.filemode(each.lstat().st_mode)
        for each in (folder, *folder.rglob("*"))
        if each.lstat().st_mode & 0o077
    }


@pytest.mark.usefixtures("wide_umask")
def test_file_01_and_file_04_everything_is_the_owners_and_the_runtime_file_holds_no_secret(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "f"
    path = folder / "run" / "instance.json"
    with demo(tmp_path, "--folder", str(folder)) as facts:
        published = json.loads(path.read_text())
        assert set(published) == {
            "schema", "port", "pid", "process_started_at", "os_session_id", "instance_id",
            "instance_public_key", "version", "api",
        }  # fmt: skip
        assert f":{published['port']}" in facts["base_url"]
        token = LocalClient(folder / "run", key=bytes).call({"verb": "token"})["token"]
        for secret in (facts["token"], token, "cbr_"):
            assert secret not in path.read_text()
        assert (folder / "run" / "local.sock").is_socket()
        assert (folder / "data" / "carebridge.db-wal").exists()
        assert open_to_others(folder) == {}
    assert not path.exists()
    assert open_to_others(folder) == {}
