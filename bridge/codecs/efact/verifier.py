"""Checking a file of ours as the insurer will: order, repeats, totals, counts and check digits.

Everything is computed again from the records; nothing is believed because it stands there.
Source: *efact-nursing* 2.1 to 2.4.
"""

from __future__ import annotations

from typing import Final

from bridge.codecs.efact.scan import of_file
from bridge.codecs.efact.sums import FRAME_RECORDS, Sums
from bridge.codecs.efact.tables.rules import NEIGHBOURS, REPEATS
from bridge.codecs.efact.values import CREDIT_NOTE, TEST, TEST_INSTRUCTIONS
from bridge.codecs.fixedwidth import Place, Record
from bridge.codecs.zonenumbers import MINUS_ZERO
from bridge.errors import ZoneFault, ZoneFinding

_TOTALS: Final = ("amount", "patient_share", "supplement")


class Verifier:
    """Takes the records of one file in order and keeps what is wrong with them.

    Attributes:
        findings: What was found until now.
    """

    def __init__(self, findings: list[ZoneFinding], *, segments: tuple[Record, Record]) -> None:
        """Begin a file with its segments 200 and 300."""
        self.findings = findings
        first, second = segments
        self._leaders = {"200": first, "300": second}
        is_test = second.raw("instructions") == TEST_INSTRUCTIONS
        if is_test != (first.raw("message_type") == TEST):
            self._say(second, "instructions", ZoneFault.DIFFERS)
        self._previous: str | None = None
        self._sequence = 0
        self._invoice = Sums()
        self._is_credit = False
        self._file = Sums()
        self._mutualities: dict[str, Sums] = {}
        self._answered: set[str] = set()
        self._steps = {
            "10": self._take_10,
            "20": self._take_20,
            "30": self._take_30,
            "50": self._take_50,
            "51": self._take_code,
            "52": self._take_code,
            "80": self._take_80,
            "90": self._take_90,
            "95": self._take_95,
            "96": self._take_96,
        }

    def take(self, record: Record) -> None:
        """Check the next record."""
        kind = record.layout.record
        if not record.layout.has_valid_check(record):
            self._say(record, "check_digits", ZoneFault.CHECK_DIGITS_WRONG)
        if "sequence" in record.layout.cuts:
            self._check_sequence(record)
        self._check_order(record, kind)
        for repeat in REPEATS.get(kind, ()):
            leader = self._leaders.get(repeat.leader)
            if leader is not None and record.raw(repeat.key) != leader.raw(repeat.key):
                self._say(record, repeat.key, ZoneFault.DIFFERS)
        self._leaders[kind] = record
        step = self._steps.get(kind)
        if step:
            step(record)
        self._previous = kind

    def finish(self, end: Place) -> None:
        """Say what is missing behind the last record."""
        if self._previous != "96":
            self.findings.append(of_file(ZoneFault.RECORD_MISSING, end))

    def _say(self, record: Record, key: str, fault: ZoneFault) -> None:
        self.findings.append(record.finding(key, fault))

    def _number(self, record: Record, key: str) -> int:
        number: int | None = record.get(key, self.findings)
        return 0 if number is None else number

    def _check_sequence(self, record: Record) -> None:
        """Compare with the number of the record before, so that one gap is one finding."""
        found = record.get("sequence", self.findings)
        if found is not None and found != self._sequence + 1:
            self._say(record, "sequence", ZoneFault.SEQUENCE_WRONG)
        self._sequence = self._sequence + 1 if found is None else found

    def _check_order(self, record: Record, kind: str) -> None:
        """Compare a record with the one in front; types without a rule may stand anywhere."""
        rule, previous = NEIGHBOURS.get(kind), self._previous
        if rule is None:
            return
        is_right = not rule.before if previous is None else previous in rule.before
        if previous is not None and previous in NEIGHBOURS:
            is_right = is_right and kind in NEIGHBOURS[previous].after
        if not is_right:
            self._say(record, "record_type", ZoneFault.ORDER_WRONG)

    def _take_10(self, record: Record) -> None:
        header = self._leaders["300"]
        if header.raw("invoiced_month") != record.raw("year")[1:] + record.raw("month"):
            self._say(header, "invoiced_month", ZoneFault.DIFFERS)

    def _take_20(self, record: Record) -> None:
        self._is_credit = record.raw("invoicing") == CREDIT_NOTE
        self._invoice = Sums(records=FRAME_RECORDS)

    def _take_30(self, record: Record) -> None:
        self._add_amounts(record)
        self._invoice.records += 1

    def _take_50(self, record: Record) -> None:
        self._add_amounts(record)
        self._take_code(record)
        self._check_signs(record, *_TOTALS, "units", is_credit=self._is_credit)
        if self._number(record, "base_value") is MINUS_ZERO:
            self._say(record, "base_value", ZoneFault.SIGN_WRONG)

    def _add_amounts(self, record: Record) -> None:
        self._invoice.amount += self._number(record, "amount")
        self._invoice.patient_share += self._number(record, "patient_share")
        self._invoice.supplement += self._number(record, "supplement")

    def _take_code(self, record: Record) -> None:
        self._invoice.records += 1
        self._invoice.codes += int(record.get("code", self.findings) or 0)

    def _take_80(self, record: Record) -> None:
        for key in _TOTALS:
            self._compare(record, key, getattr(self._invoice, key), ZoneFault.TOTAL_WRONG)
        self._compare(record, "amount_b", 0, ZoneFault.TOTAL_WRONG)
        self._compare(record, "advance", 0, ZoneFault.TOTAL_WRONG)
        self._check_signs(record, *_TOTALS, is_credit=self._is_credit)
        self._check_signs(record, "amount_b", "advance", is_credit=False)
        self._compare_control(record, self._invoice)
        self._file.add(self._invoice)
        destination = record.raw("destination")
        self._mutualities.setdefault(destination, Sums()).add(self._invoice)
        self._invoice = Sums()

    def _take_90(self, record: Record) -> None:
        self._compare(record, "amount", self._file.amount, ZoneFault.TOTAL_WRONG)
        self._compare(record, "amount_b", 0, ZoneFault.TOTAL_WRONG)
        self._check_signs(record, "amount", is_credit=self._file.amount < 0)
        self._check_signs(record, "amount_b", is_credit=False)
        self._compare_control(record, self._file)

    def _take_95(self, record: Record) -> None:
        mutuality = record.raw("mutuality")
        if mutuality in self._answered:
            self._say(record, "mutuality", ZoneFault.RECORD_DOUBLED)
        elif mutuality not in self._mutualities:
            self._say(record, "mutuality", ZoneFault.DIFFERS)
        self._answered.add(mutuality)
        self._compare_asked(record, self._mutualities.get(mutuality, Sums()), frame=0)

    def _take_96(self, record: Record) -> None:
        if self._mutualities.keys() - self._answered:
            self._say(record, "record_type", ZoneFault.RECORD_MISSING)
        first = {mutuality[:1] for mutuality in self._mutualities}
        if first and first != {record.raw("mutuality")[:1]}:
            self._say(record, "mutuality", ZoneFault.DIFFERS)
        if record.raw("mutuality")[1:] != "99":
            self._say(record, "mutuality", ZoneFault.VALUE_UNKNOWN)
        self._compare_asked(record, self._file, frame=FRAME_RECORDS)

    def _check_signs(self, record: Record, *keys: str, is_credit: bool) -> None:
        """Compare signs with the kind of invoice; zeros of a credit note may have either."""
        for key in keys:
            sign, digits = record.raw(key)[:1], record.raw(key)[1:]
            if (sign == "+" and digits.strip("0")) if is_credit else sign == "-":
                self._say(record, key, ZoneFault.SIGN_WRONG)

    def _compare(self, record: Record, key: str, expected: int, fault: ZoneFault) -> None:
        found = record.get(key, self.findings)
        if found is not None and found != expected:
            self._say(record, key, fault)

    def _compare_control(self, record: Record, sums: Sums) -> None:
        if record.raw("control") != sums.control:
            self._say(record, "control", ZoneFault.CHECK_DIGITS_WRONG)

    def _compare_asked(self, record: Record, sums: Sums, *, frame: int) -> None:
        expected = {"asked_a": sums.amount, "asked_b": 0, "asked_total": sums.amount}
        for key, amount in expected.items():
            if record.raw(f"{key}_sign") != ("-" if amount < 0 else "+"):
                self._say(record, f"{key}_sign", ZoneFault.SIGN_WRONG)
            self._compare(record, key, abs(amount), ZoneFault.TOTAL_WRONG)
        self._compare(record, "record_count", sums.records + frame, ZoneFault.COUNT_WRONG)
        self._compare_control(record, sums)
