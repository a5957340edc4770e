"""Invoice files put together record by record, and the desk of the played insurers.

Files are written by slicing only, as the insurers read them; the constructed file of the
specification gives the records, so that their unused zones are as the specification has them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from bridge.domain.periods import brussels_day
from bridge.mycarenet.medadmin_contractual_values import ContractualCareDetail, KatzDetail
from bridge.mycarenet.medadmin_names import CareFamily, ContractualType
from bridge.mycarenet.medadmin_values import PeriodWithLength
from bridge.sandbox.care_directory import DOCTORS
from bridge.sandbox.care_register import CareAgreement, CareRegister
from bridge.sandbox.efact_insurers import EfactInsurers
from bridge.sandbox.efact_reading import code_check, read_file, record_check
from bridge.sandbox.efact_slices import put, zone
from bridge.sandbox.efact_tariff import tariff_on
from bridge.sandbox.genasync_business import BusinessAnswer, Received
from bridge.sandbox.ledger import Ledger
from bridge.sandbox.nurse import nihii_of
from bridge.sandbox.people import PeopleRegister, SandboxPerson
from bridge.sandbox.people_default import default_people
from bridge.sandbox.people_sketch import Sketch
from tests.support.fakes import CountingIds
from tests.support.shared import SPEC

CONSTRUCTED: Final = (
    SPEC / "examples" / "efact" / "920000-constructed-home-nursing.txt"
).read_text("ascii")
NOW: Final = datetime(2026, 4, 3, 9, 30, tzinfo=UTC)
CREATED: Final = date(2026, 4, 2)
NURSE: Final = nihii_of("400000", "401")
COLLEAGUE: Final = nihii_of("400011", "401")
STRANGER: Final = nihii_of("400022", "401")
DOCTOR: Final = DOCTORS[0].number
TOILET: Final = "425110"
INJECTION: Final = "423054"
LUMP_SUM_A: Final = "425272"
LUMP_SUM_C: Final = "425316"
PRESCRIBED: Final[dict[str, str]] = {
    "20,21": "20260225",
    "24,25": "0" + DOCTOR.long,
    "26": "1",
}

_HEAD, _SENT, _RECORD = 67, 160, 350
_LINES: Final = [
    CONSTRUCTED[start : start + _RECORD]
    for start in range(_HEAD + _SENT, len(CONSTRUCTED), _RECORD)
]
_BLANK: Final = {line[:2]: line for line in reversed(_LINES)}
_PLAIN_ACT: Final = _LINES[2]


# -- people ----------------------------------------------------------------------------------------

SIXTY: Final = Sketch(
    first_name="Sixty",
    born_on=date(1960, 1, 1),
    serial=1,
    mutuality="129",
    number="129",
    purpose="first patient of the constructed file",
    ct="131",
).person()
EIGHTY: Final = Sketch(
    first_name="Eighty",
    born_on=date(1985, 12, 31),
    serial=498,
    mutuality="134",
    number="134",
    purpose="second patient of the constructed file",
).person()


def member(mutuality: str, serial: int = 11, **more: Any) -> SandboxPerson:
    """Give somebody at a sickness fund, insured since long ago unless told otherwise."""
    sketch = Sketch(
        first_name="Member",
        born_on=date(1950, 2, 3),
        serial=serial,
        mutuality=mutuality,
        number=mutuality,
        purpose="member",
        more=more,
    )
    return sketch.person()


def zoned(person: SandboxPerson) -> dict[str, str]:
    """Give the zones that name a patient."""
    return {
        "7": person.mutuality.digits,
        "8a,8b": "00" + person.niss.digits,
        "9": "1" if person.gender == "male" else "2",
    }


# -- files -----------------------------------------------------------------------------------------


def record(text: str, zones: dict[str, str]) -> str:
    """Give a record with other values in some zones."""
    for name, value in zones.items():
        text = put(text, text[:2], name, value)
    return text


def act(
    person: SandboxPerson,
    code: str = TOILET,
    day: date = date(2026, 3, 2),
    *,
    cents: int | None = None,
    is_read: bool = True,
    **zones: str,
) -> list[str]:
    """Write a record 50, and the 52 behind it; the amount is the tariff's unless given."""
    tariff = tariff_on(code, day)
    amount = (tariff.cents if tariff else 0) if cents is None else cents
    when = {"4": "0" + code, "5": f"{day:%Y%m%d}"}
    who = {"15": "0" + NURSE.long}
    own = {
        "28": f"ACT {code} {day:%Y%m%d}".ljust(25),
        "19": signed(amount, 11),
        "6a,6b": when["5"],
    }
    given = {**zoned(person), **when, **own, **who, **_spelt(zones)}
    line = record(_PLAIN_ACT, given)
    shared = {name: given[name] for name in ("4", "5", "8a,8b", "15")}
    reading = record(_BLANK["52"], {**shared, "6a,6b": when["5"]})
    return [line, reading] if is_read else [line]


def counted(person: SandboxPerson, code: str, day: date = date(2026, 3, 3), **zones: str) -> str:
    """Write a statistical record; a visit alone is the whole of the lump sum."""
    share = {"z50a": "100"} if code == "426635" else {}
    given: dict[str, Any] = {"z3": "9", **share, **zones}
    return act(person, code, day, cents=0, is_read=False, **given)[0]


def lump_sum(
    person: SandboxPerson,
    code: str = LUMP_SUM_A,
    day: date = date(2026, 3, 3),
    *,
    before: Sequence[str] | None = None,
    **zones: str,
) -> list[str]:
    """Write a day at a lump sum, with one visit and one toilet unless told otherwise."""
    usual = [counted(person, "426635", day), counted(person, "426731", day)]
    given: dict[str, Any] = dict(zones)
    return [*(usual if before is None else before), *act(person, code, day, **given)]


def _spelt(zones: dict[str, str]) -> dict[str, str]:
    """Read keywords as zones: ``z20_21`` is zone ``20,21``."""
    return {name.removeprefix("z").replace("_", ","): value for name, value in zones.items()}


def signed(amount: int, digits: int) -> str:
    """Write a sign and digits."""
    return f"{'-' if amount < 0 else '+'}{abs(amount):0{digits}}"


_numbers = itertools.count(202603000001)


def invoice(person: SandboxPerson, *acts: Iterable[str], **zones: str) -> list[str]:
    """Write an invoice around acts, its totals added up."""
    lines = [line for each in acts for line in each]
    span = person.periods[-1] if person.periods else None
    codes = f"{span.ct1}{span.ct2}" if span else "110110"
    fund = person.mutuality.digits
    gathered = "300" if fund[0] == "3" and fund != "306" else fund
    common = {
        **zoned(person),
        "10": "3",
        "14": "0" + NURSE.long,
        "18": gathered,
        "24,25": f"{next(_numbers):012}",
        "32": "1",
    }
    header = record(_BLANK["20"], {**common, "27": "0000" + codes, **_spelt(zones)})
    repeated = {name: zone(header, "20", name) for name in common}
    sums = {
        "19": signed(_sum(lines, "19"), 11),
        "27": signed(_sum(lines, "27"), 9),
        "30,31": signed(_sum(lines, "30,31"), 9),
    }
    return [header, *lines, record(_BLANK["80"], {**repeated, **sums})]


def _sum(lines: Iterable[str], name: str) -> int:
    return sum(int(zone(line, "50", name)) for line in lines if line[:2] == "50")


def invoice_file(
    *invoices: Sequence[str],
    number: str = "017",
    reference: str = "20260402000017",
    created_on: date = CREATED,
    month: str = "202603",
) -> str:
    """Write a whole file to the union of the first invoice, every sum right."""
    created = f"{created_on:%Y%m%d}"
    heading = {"7": number, "22": "0" + month[:4], "23": month[4:], "25,26": created}
    lines = [line for each in invoices for line in each]
    ending = {"7": number, "22": "0" + month[:4], "23": month[4:], "19": signed(_asked(lines), 11)}
    body = [record(_BLANK["10"], heading), *lines, record(_BLANK["90"], ending)]
    head = put(CONSTRUCTED[:_HEAD], "200", "204", reference)
    sent = CONSTRUCTED[_HEAD : _HEAD + _SENT]
    for name, value in (("300", month), ("301", number), ("302", created)):
        sent = put(sent, "300", name, value)
    return totalled(head + sent + "".join(resealed(body)))


def _asked(lines: Iterable[str]) -> int:
    return sum(int(zone(line, "80", "19")) for line in lines if line[:2] == "80")


def resealed(body: Sequence[str]) -> list[str]:
    """Number records again and compute every check digit of the body."""
    lines = [put(line, line[:2], "2", f"{place:06}") for place, line in enumerate(body, start=1)]
    text = CONSTRUCTED[: _HEAD + _SENT] + "".join(lines) + _BLANK["96"]
    cut = read_file(text.encode())
    for each in cut.invoices:
        if each.total is not None:
            at = each.total.place
            lines[at] = put(lines[at], "80", "98", code_check(each.records()))
    if lines[-1][:2] == "90":
        lines[-1] = put(lines[-1], "90", "98", code_check(cut.body))
    return [line[:348] + record_check(line) for line in lines]


def totalled(text: str) -> str:
    """Give a file without records 95 and 96 with these."""
    start = _HEAD + _SENT
    lines = [text[at : at + _RECORD] for at in range(start, len(text), _RECORD)]
    cut = read_file((text + _BLANK["96"]).encode())
    funds = list(dict.fromkeys(each.header.zone("18") for each in cut.invoices))
    sums = []
    for place, fund in enumerate(funds, start=1):
        own = [each for each in cut.invoices if each.header.zone("18") == fund]
        records = [line for each in own for line in each.records()]
        asked = sum(each.total.amount("19") or 0 for each in own if each.total)
        zones = {"401": fund, "402": f"{place:010}00"}
        sums.append(_total("95", asked, len(records), code_check(records), zones))
    asked = _asked(lines)
    union = funds[0][0] + "99"
    grand = _total("96", asked, len(lines), code_check(cut.body), {"501": union})
    return text + "".join(sums) + grand


def retotalled(text: str) -> str:
    """Give a file with records 95 and 96 that fit its body."""
    start = _HEAD + _SENT
    lines = [text[at : at + _RECORD] for at in range(start, len(text), _RECORD)]
    return totalled(
        text[:start] + "".join(line for line in lines if line[0] != "9" or line[1] == "0")
    )


def _total(kind: str, asked: int, count: int, check: str, zones: dict[str, str]) -> str:
    series = "40" if kind == "95" else "50"
    amount = signed(asked, 11)
    values = {
        "3": amount[0],
        "4": amount[1:],
        "7": amount[0],
        "8": amount[1:],
        "9": f"{count:08}",
    }
    named = {f"{series}{name}": value for name, value in values.items()}
    return record(_BLANK[kind], {**named, f"{series[0]}10": check, **zones})


def changed(text: str, place: int, name: str, value: str, *, is_resealed: bool = True) -> str:
    """Give a file with another value in a zone of a record; its own check digits fit again.

    Args:
        text: The file.
        place: Which record, from 0 on; negative ones count from record 96 backwards.
        name: The zone.
        value: What stands in it.
        is_resealed: Compute the record's check digits again.
    """
    count = (len(text) - _HEAD - _SENT) // _RECORD
    start = _HEAD + _SENT + (place % count) * _RECORD
    line = text[start : start + _RECORD]
    line = put(line, line[:2], name, value)
    if is_resealed and line[:2] not in ("95", "96"):
        line = line[:348] + record_check(line)
    return text[:start] + line + text[start + _RECORD :]


def changed_head(text: str, kind: str, name: str, value: str) -> str:
    """Give a file with another value in a zone of segment 200 or 300."""
    cut = slice(0, _HEAD) if kind == "200" else slice(_HEAD, _HEAD + _SENT)
    return text[: cut.start] + put(text[cut], kind, name, value) + text[cut.stop :]


# -- the desk --------------------------------------------------------------------------------------


@dataclass
class EfactOffice:
    """Played insurers with their people and agreements."""

    people: PeopleRegister = field(default_factory=lambda: default_people(CREATED))
    agreements: CareRegister = field(default_factory=CareRegister)
    ledger: Ledger = field(default_factory=Ledger)
    now: datetime = NOW
    insurers: EfactInsurers = field(init=False)

    def __post_init__(self) -> None:
        nurses = {NURSE.long, COLLEAGUE.long}
        self.insurers = EfactInsurers(
            people=self.people,
            agreements=lambda _now: self.agreements,
            is_nurse=lambda number: number.long in nurses,
            ids=CountingIds(),
            ledger=self.ledger,
        )
        for person in (SIXTY, EIGHTY):
            self.people.add(person)
        self.agree(SIXTY, ContractualType.TOILET)
        self.agree(EIGHTY, ContractualType.C)

    def add(
        self, person: SandboxPerson, kind: ContractualType | None = ContractualType.C
    ) -> SandboxPerson:
        """Let the insurers know somebody, with an agreement for the year unless there is none."""
        self.people.add(person)
        if kind is not None:
            self.agree(person, kind)
        return person

    def agree(
        self,
        person: SandboxPerson,
        kind: ContractualType | None,
        start_on: date = date(2026, 1, 1),
        end_on: date | None = date(2026, 12, 31),
    ) -> None:
        """Enter an agreement; without a kind one about palliative care."""
        period = PeriodWithLength(start_on=start_on, end_on=end_on)
        scores = KatzDetail(scores=(4, 4, 4, 4, 4, 3))
        care = ContractualCareDetail(contractual_type=kind, period=period, katz=scores)
        self.agreements.add(
            CareAgreement(
                number=f"{len(self.agreements.all()):015}",
                family=CareFamily.CONTRACTUAL if kind else CareFamily.PALLIATIVE,
                insurer=person.mutuality.insurer,
                niss=person.niss,
                provider=NURSE,
                start_on=start_on,
                end_on=end_on,
                decided_at=self.now,
                care=care if kind else None,
            )
        )

    def received(
        self, content: str, *, insurer: str = "100", scenario: str = "normal", provider: str = ""
    ) -> Received:
        """Give a file as the platform hands it over."""
        return Received(
            content=content.encode(),
            insurer=insurer,
            provider=provider or NURSE.long,
            reference="00000000000001",
            today=brussels_day(self.now),
            received_at=self.now,
            insurers_at=self.now,
            scenario=scenario,
        )

    def send(
        self, content: str, *, insurer: str | None = None, **more: Any
    ) -> list[BusinessAnswer]:
        """Send a file to the union of its record 96; gives everything it will be told."""
        union = content[-_RECORD:][4] + "00"
        received = self.received(content, insurer=insurer or union, **more)
        return list(self.insurers.answer(received))

    def later(self, days: int = 1) -> None:
        """Let days pass."""
        self.now += timedelta(days=days)


def names(answers: Iterable[BusinessAnswer]) -> list[str]:
    """Give the message names."""
    return [answer.content[:6].decode() for answer in answers]


def only(answers: Iterable[BusinessAnswer], name: str) -> str:
    """Give the one answer with a message name."""
    (found,) = (each.content.decode() for each in answers if each.content[:6] == name.encode())
    return found


def lines_of(answer: str) -> list[str]:
    """Cut the records of 800 characters behind the header of 677."""
    return [answer[at : at + 800] for at in range(677, len(answer), 800)]


def codes_of(answer: str) -> dict[str, list[str]]:
    """Give letters and codes by record type and number; blank ones left out."""
    found: dict[str, list[str]] = {}
    for line in lines_of(answer):
        slots = [line[at : at + 7] for at in (456, 463, 470)]
        codes = [slot for slot in slots if slot[1:] != "000000"]
        if codes and line[:2] not in ("91", "92"):
            found.setdefault(line[:2], []).extend(codes)
    return found


def codes(answers: Iterable[BusinessAnswer]) -> dict[str, list[str]]:
    """Give letters and codes of the decision about a file."""
    (decision,) = (
        each.content.decode() for each in answers if each.content[:6] in (b"920098", b"920099")
    )
    return codes_of(decision)
