"""The audit log: whatever is done to it is found, and a flood costs two records a minute."""

from __future__ import annotations

import asyncio
import json
import shutil
import stat
import sys
import threading
from pathlib import Path

import pytest

from bridge.adapters.auditlog import FileAudit, KeyStoreAnchors
from bridge.adapters.eventlog import AnnouncedAnchors
from bridge.adapters.patientsalts import FileSalts
from bridge.daemon.audit import note_settings
from bridge.domain.audit import GENESIS, Action, AuditEntry, head_of, parse_witness, seal
from bridge.domain.identifiers import Niss
from bridge.errors import StoreError
from bridge.service.audit import AuditTrail
from tests.support.audit import KEYS, AuditBench
from tests.support.fakes import CountingIds

NURSE = Niss("85073003328")
OTHER = Niss("60010100172")
MEMBERS = [
    "sequence", "at", "actor", "client", "action", "object_id", "result", "patient", "repeats",
    "previous_mac", "mac",
]  # fmt: skip


@pytest.fixture
def bench(tmp_path: Path) -> AuditBench:
    return AuditBench(tmp_path / "audit")


def _forged(lines: list[bytes]) -> bytes:
    """Make a record for the place after the second one, without the key."""
    second = head_of(lines[1])
    assert second is not None
    entry = AuditEntry(at=second.at, action=Action.TOKEN_ISSUED)
    return seal(entry, after=second, key=b"another key")[0]


ATTACKS = [
    pytest.param(
        lambda lines: [*lines[:2], lines[2].replace(b"export_made", b"backup_made"), *lines[3:]],
        "changed:3",
        id="change",
    ),
    pytest.param(
        lambda lines: [*lines[:2], lines[2].replace(b'"mac":"', b'"mac":"0'), *lines[3:]],
        "unreadable:3",
        id="change-the-mac",
    ),
    pytest.param(lambda lines: [*lines[:2], b"", *lines[3:]], "unreadable:3", id="blank"),
    pytest.param(lambda lines: [*lines[:2], *lines[3:]], "missing:3", id="delete"),
    pytest.param(lambda lines: lines[2:], "missing:1", id="delete-the-beginning"),
    pytest.param(lambda lines: [*lines[:2], _forged(lines), *lines[2:]], "changed:3", id="insert"),
    pytest.param(lambda lines: [*lines[:2], lines[1], *lines[2:]], "out_of_order:3", id="repeat"),
    pytest.param(
        lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]], "missing:3", id="reorder"
    ),
    pytest.param(lambda lines: lines[:2], "truncated:3", id="truncate"),
]


@pytest.mark.parametrize(("attack", "place"), ATTACKS)
def test_aud_01_verify_names_the_place_sec_16(bench: AuditBench, attack, place) -> None:
    bench.record(6)
    bench.trail.finish()
    bench.rewrite(attack(bench.lines()))
    broken = bench.opened().verify().broken
    assert broken is not None
    assert broken.place == place


def test_aud_01_an_untouched_log_is_intact(bench: AuditBench) -> None:
    bench.record(6)
    bench.trail.finish()
    verdict = bench.opened().verify()
    assert verdict.is_intact
    assert verdict.records == 6


def test_aud_01_a_removed_file_is_truncated_from_the_first_record(bench: AuditBench) -> None:
    bench.record(2)
    bench.trail.finish()
    bench.path.unlink()
    broken = bench.opened().verify().broken
    assert broken is not None
    assert broken.place == "truncated:1"


def test_aud_01_records_taken_away_from_the_running_daemon_are_missed(bench: AuditBench) -> None:
    bench.record(4)
    bench.rewrite(bench.lines()[:2])
    bench.record(3)
    broken = bench.trail.verify().broken
    assert broken is not None
    assert broken.place == "replaced:4"


def test_aud_01_a_clock_set_back_is_named_and_a_small_correction_is_not(bench: AuditBench) -> None:
    bench.record(2)
    bench.clock.advance(seconds=-30)
    bench.record(1)
    assert bench.trail.verify().is_intact
    bench.clock.advance(hours=-1)
    bench.record(1)
    verdict = bench.trail.verify()
    assert verdict.broken is None
    assert verdict.clock_step is not None
    assert verdict.clock_step.place == "time_backwards:4"
    assert not verdict.is_intact


def test_aud_02_an_older_copy_is_found_by_the_anchor(bench: AuditBench, tmp_path: Path) -> None:
    bench.record(3)
    bench.trail.finish()
    older = shutil.copy(bench.path, tmp_path / "older")
    later = bench.opened()
    later.record(Action.BACKUP_MADE)
    later.finish()
    shutil.copy(older, bench.path)
    broken = bench.opened().verify().broken
    assert broken is not None
    assert broken.place == "truncated:4"


def test_aud_02_an_older_copy_stays_found_when_it_was_written_on(bench: AuditBench) -> None:
    bench.record(3)
    older = bench.lines()
    bench.record(2)
    bench.trail.finish()
    bench.rewrite(older)
    bench.trail = bench.opened()
    bench.record(4)
    for _ in range(3):
        verdict = bench.trail.verify()
        assert verdict.broken is not None
        assert verdict.broken.place == "replaced:5"
        bench.trail.anchor()


async def test_a_gap_is_recorded_once_and_the_work_goes_on(bench: AuditBench) -> None:
    bench.record(3)
    bench.trail.finish()
    bench.rewrite([*bench.lines()[:1], *bench.lines()[2:]])
    for _ in range(3):
        trail = bench.opened()
        looked = threading.Event()
        trail.listen(looked.set)
        trail.start()
        await _until(looked)
        trail.record(Action.EXPORT_MADE)
        await trail.close()
    assert [record["action"] for record in bench.records()].count("gap_found") == 1
    assert bench.records()[-1]["action"] == "export_made"


async def test_a_daemon_that_stops_waits_for_no_long_look(bench: AuditBench) -> None:
    bench.record(3)
    await bench.trail.close()
    with pytest.raises(StoreError):
        bench.trail.verify()
    assert bench.opened().verify().is_intact


async def _until(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, 30)


def test_a_record_has_the_members_of_the_specification_and_no_patient(bench: AuditBench) -> None:
    bench.trail.record(
        Action.MESSAGE_SENT, actor=NURSE, patient=NURSE, client="command-line", object_id="reg_1"
    )
    (record,) = bench.records()
    assert list(record) == MEMBERS
    assert (record["sequence"], record["previous_mac"]) == (1, GENESIS.mac)
    assert record["patient"] == bench.trail.mark_of(NURSE)
    assert record["actor"] == KEYS.pseudonym(NURSE)
    assert NURSE.digits not in bench.path.read_text()


@pytest.mark.parametrize("name", ["client", "object_id", "result"])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("85073003328", id="number"),
        pytest.param("Jan Peeters", id="name"),
        pytest.param("a" * 200, id="long"),
    ],
)
def test_what_is_no_name_of_ours_does_not_enter(bench: AuditBench, name: str, text: str) -> None:
    bench.trail.record(Action.TOKEN_ISSUED, **{name: text})
    assert bench.records()[0][name] == "unfit"


def test_a_flood_of_one_refusal_is_two_records_a_minute(bench: AuditBench) -> None:
    for _ in range(10_000):
        bench.trail.refused("origin_not_allowed", route="unknown")
    assert len(bench.lines()) == 1
    bench.clock.advance(seconds=61)
    bench.trail.settle_repeats()
    first, second = bench.records()
    assert (first["repeats"], second["repeats"]) == (0, 9_999)
    bench.trail.refused("origin_not_allowed", route="unknown")
    assert len(bench.lines()) == 3


def test_refusals_that_differ_are_records_of_their_own(bench: AuditBench) -> None:
    bench.trail.refused("origin_not_allowed", route="unknown")
    bench.trail.refused("insufficient_scope", route="/v1/health", client="test")
    bench.trail.refused("insufficient_scope", route="/v1/health", client="other")
    assert [record["client"] for record in bench.records()] == [None, "test", "other"]


def test_two_processes_write_one_chain(bench: AuditBench) -> None:
    other = bench.opened()
    for _ in range(20):
        bench.record(1)
        other.record(Action.BACKUP_MADE)
    assert bench.trail.verify().is_intact
    assert len(bench.lines()) == 40


def test_each_new_end_is_said_once_where_nobody_can_take_it_back(bench: AuditBench) -> None:
    said: list[str] = []
    anchors = AnnouncedAnchors(KeyStoreAnchors(bench.secrets), said.append)
    trail = AuditTrail(
        file=FileAudit(bench.folder),
        anchors=anchors,
        keys=KEYS,
        clock=bench.clock,
        salts=FileSalts(bench.folder, CountingIds()),
    )
    trail.record(Action.EXPORT_MADE)
    trail.anchor()
    trail.finish()
    assert said == [f"audit log: 1:{bench.records()[0]['mac']}"]
    witness = parse_witness(said[0].removeprefix("audit log: "))
    assert bench.opened().verify(witness).is_intact


class TestPatients:
    def test_sec_163_after_an_erasure_nobody_finds_the_records(self, bench: AuditBench) -> None:
        bench.trail.record(Action.MESSAGE_SENT, patient=NURSE)
        bench.trail.record(Action.MESSAGE_SENT, patients=[NURSE, OTHER])
        mark = bench.trail.mark_of(NURSE)
        salts = (bench.folder / "patient-salts").read_bytes()
        bench.trail.forget(NURSE)
        assert bench.trail.mark_of(NURSE) is None
        assert bench.trail.mark_of(OTHER) is not None
        left = (bench.folder / "patient-salts").read_bytes()
        assert left == bytes(64) + salts[64:]
        assert bench.opened().mark_of(NURSE) is None
        bench.trail.record(Action.MESSAGE_SENT, patient=NURSE)
        first, second, third = bench.records()
        assert first["patient"] == mark != third["patient"]
        assert first["patient"].startswith(second["patients"][0])
        assert bench.opened().verify().is_intact

    def test_sec_163_the_same_patient_has_one_name_also_after_a_restart(
        self, bench: AuditBench
    ) -> None:
        for trail in (bench.trail, bench.opened()):
            trail.record(Action.MESSAGE_SENT, patient=NURSE)
        assert len({each["patient"] for each in bench.records()}) == 1

    def test_half_a_salt_of_a_power_cut_is_written_over(self, bench: AuditBench) -> None:
        bench.folder.mkdir(mode=0o700)
        (bench.folder / "patient-salts").write_bytes(b"x" * 70)
        bench.trail.record(Action.MESSAGE_SENT, patient=NURSE)
        assert len((bench.folder / "patient-salts").read_bytes()) == 128
        assert bench.opened().mark_of(NURSE) == bench.records()[0]["patient"]

    def test_salts_that_cannot_be_kept_stop_nobody(self, bench: AuditBench) -> None:
        (bench.folder / "patient-salts").mkdir(parents=True, mode=0o700)
        bench.trail.record(Action.MESSAGE_SENT, patient=NURSE, patients=[OTHER])
        (record,) = bench.records()
        assert record["patient"] is None
        with pytest.raises(StoreError):
            bench.trail.forget(NURSE)

    def test_nobody_is_forgotten_twice(self, bench: AuditBench) -> None:
        bench.trail.forget(NURSE)
        bench.trail.forget(NURSE)
        assert bench.trail.mark_of(NURSE) is None


def test_a_settings_file_that_changed_is_recorded(bench: AuditBench) -> None:
    for settings in ("{}", "{}", '{"language":"fr"}', '{"language":"fr"}'):
        note_settings(bench.trail, bench.secrets, settings)
    assert [(each["action"], each["object_id"]) for each in bench.records()] == [
        ("setting_changed", "settings-file")
    ]


def test_what_a_power_cut_left_of_a_record_goes(bench: AuditBench) -> None:
    bench.record(3)
    bench.trail.finish()
    with bench.path.open("ab") as file:
        file.write(b'{"sequence":4,"at"' + bytes(9000))
    bench.trail = bench.opened()
    bench.record(1)
    assert bench.trail.verify().is_intact
    assert len(bench.records()) == 4


def test_a_log_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("no folder")
    bench = AuditBench(tmp_path / "audit")
    bench.trail.record(Action.EXPORT_MADE)
    bench.trail.finish()


def test_anchors_are_few_and_the_lost_one_stays(bench: AuditBench) -> None:
    for _ in range(20):
        bench.record(1)
        bench.trail.anchor()
        bench.trail.verify()
    kept = bench.opened()
    assert kept.verify().is_intact
    packed = bench.secrets.get("audit-anchors")
    assert packed is not None
    assert len(packed) <= 8 * 48


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX file modes")
def test_sec_104_the_log_is_for_its_owner_alone(bench: AuditBench) -> None:
    bench.record(1)
    assert stat.S_IMODE(bench.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(bench.folder.stat().st_mode) == 0o700


def test_a_record_is_one_line_of_json(bench: AuditBench) -> None:
    bench.record(1)
    assert json.loads(bench.lines()[0])["action"] == "export_made"
