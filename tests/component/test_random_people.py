"""Random valid people, added while the sandbox runs, are answered right."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.domain.identifiers import Niss
from bridge.domain.insurability import InsurabilityQuestion
from bridge.domain.periods import Period, brussels_day
from bridge.service.keys import KeyClaim
from tests.support.daemon import CLIENT, running_daemon

pytestmark = pytest.mark.timeout(90)


@st.composite
def people(draw):
    stem = draw(st.integers(400_101_001, 991_231_998))
    year, month, serial = stem // 10_000_000, draw(st.integers(1, 12)), stem % 998 + 1
    digits = f"{year:02d}{month:02d}{draw(st.integers(1, 28)):02d}{serial:03d}"
    return {
        "niss": f"{digits}{97 - int(digits) % 97:02d}",
        "mutuality": draw(st.sampled_from(["101", "228", "319", "400", "509", "601", "910"])),
        "ct1": draw(st.sampled_from(["110", "111", "131", "450"])),
        "insurer_pays_provider": draw(st.booleans()),
        "starts": draw(st.integers(-300, 30)),
        "lasts": draw(st.one_of(st.none(), st.integers(1, 200))),
    }


def members(person, today):
    start = today + timedelta(days=person["starts"])
    period = {"from_on": start.isoformat(), "ct1": person["ct1"]}
    if person["lasts"] is not None:
        period["to_on"] = (start + timedelta(days=person["lasts"])).isoformat()
    return {
        "niss": person["niss"],
        "mutuality": person["mutuality"],
        "insurer_pays_provider": person["insurer_pays_provider"],
        "periods": [period],
    }


@given(st.lists(people(), min_size=6, max_size=6, unique_by=lambda person: person["niss"]))
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_random_people_are_answered_right(tmp_path: Path, drawn) -> None:
    async with running_daemon(Path(tempfile.mkdtemp(dir=tmp_path))) as daemon:
        await daemon.open_session()
        today = brussels_day(daemon.clock.now())
        for person in drawn:
            daemon.parts.simulator.add_person(members(person, today))
            asked = InsurabilityQuestion(
                patient=Niss.parse(person["niss"]), period=Period(from_on=today, to_on=today)
            )
            claim = KeyClaim(key=person["niss"] + "-key-", route="r", fingerprint="f")
            accepted = await daemon.services.checks.ask(asked, client=CLIENT, claim=claim)
            await daemon.finished(accepted.operation)
            check = await daemon.services.checks.get(accepted.check.id, client=CLIENT)
            lasts = person["lasts"]
            ends = None if lasts is None else person["starts"] + lasts
            is_insured = person["starts"] <= 0 and (ends is None or ends >= 0)
            assert check.facts.is_insured is is_insured
            if is_insured:
                current = check.facts.current
                assert current is not None
                assert current.mutuality == person["mutuality"]
                assert current.insurer == person["mutuality"][0] + "00"
                assert current.has_preferential_rate is person["ct1"].endswith("1")
                assert check.facts.insurer_pays_provider is person["insurer_pays_provider"]
