"""One invoice file on the desk of a played insurer, with everything needed to judge it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from bridge.domain.identifiers import Nihii, Niss
from bridge.errors import InvalidIdentifier
from bridge.sandbox.care_register import CareRegister
from bridge.sandbox.efact_book import EfactBook
from bridge.sandbox.efact_findings import Findings
from bridge.sandbox.efact_reading import Invoice, InvoiceFile, day_of
from bridge.sandbox.people import InsuredSpan, PeopleRegister, SandboxPerson


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A file, who got it when, and what he knows.

    Attributes:
        insurer: The union, such as ``300``.
        provider: Care provider of the session, 11 digits.
        today: By the insurers' time.
        agreements: What was agreed about care.
        is_nurse: Tells whether a number is one of the platform's nurses or groups.
        findings: What was found so far.
    """

    file: InvoiceFile
    content: bytes = field(repr=False)
    insurer: str
    provider: str = field(repr=False)
    today: date
    people: PeopleRegister
    agreements: CareRegister
    is_nurse: Callable[[Nihii], bool]
    book: EfactBook
    findings: Findings = field(default_factory=Findings)

    @property
    def created_on(self) -> date | None:
        """The day the file was made, as it says itself."""
        return day_of(self.file.body[0].zone("25,26"))

    def person_of(self, invoice: Invoice) -> SandboxPerson | None:
        """Find the patient among the union's members, present or past."""
        try:
            person = self.people.find(Niss.parse(invoice.header.zone("8a,8b")[2:]))
        except InvalidIdentifier:
            return None
        if person is None or not person.is_known:
            return None
        unions = {span.mutuality.insurer for span in person.periods}
        return person if self.insurer in unions else None

    def span_of(self, person: SandboxPerson, day: date) -> InsuredSpan | None:
        """Give the person's insurance at this union on a day."""
        return next(
            (
                span
                for span in person.periods
                if span.mutuality.insurer == self.insurer
                and span.from_on <= day
                and (span.to_on is None or day <= span.to_on)
            ),
            None,
        )

    def knows_provider(self, number: str) -> bool:
        """Tell whether 12 positions name a nurse or group of the platform."""
        try:
            return self.is_nurse(Nihii.parse(number[1:]))
        except InvalidIdentifier:
            return False
