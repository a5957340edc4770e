"""A month invoiced to three unions: one answer is clean, one partly refused, one refused whole."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from tests.support.invoicingpractice import (
    PRICE,
    TOO_MUCH,
    InvoicingPractice,
    in_three_unions,
    month_before,
)

FUNDS: Final = ("129", "319", "509")
"""A sickness fund of each of the unions 100, 300 and 500."""

CLEAN, PARTLY, WHOLE = "100", "300", "500"


class InvoicedMonth:
    """The month, from the drafts to the books.

    Attributes:
        patients: How many.
        wrong: How many acts asked too much, once they were sent.
    """

    def __init__(self, practice: InvoicingPractice, *, patients: int, acts: int) -> None:
        self.practice = practice
        self.patients = patients
        self.days = month_before(practice.today)[:acts]
        self.month = f"{self.days[0]:%Y-%m}"
        self.sent: dict[str, dict[str, Any]] = {}
        self.wrong = 0

    async def run(self) -> None:
        """Invoice, correct, send again, settle and process everything."""
        await self.invoice()
        await self.practice.pass_days(6)
        await self.repeat()
        await self.practice.pass_days(6)
        await self.practice.work_off()

    async def invoice(self) -> None:
        """Send a batch to each union."""
        practice = self.practice
        funds = [FUNDS[place % len(FUNDS)] for place in range(self.patients)]
        for union, people in in_three_unions(await practice.enrol(funds)):
            claims = [
                practice.claim(
                    person,
                    *(
                        practice.injection(day, self._cents(union, place, number))
                        for number, day in enumerate(self.days)
                    ),
                    client_ref=f"{union}-{place}",
                )
                for place, person in enumerate(people)
            ]
            draft = await practice.draft(union, self.month, claims)
            assert draft["claims"] == len(people)
            self.sent[union] = await practice.send(draft)

    def _cents(self, union: str, place: int, number: int) -> int:
        """One act of the first patient is too dear in one union, every act in another."""
        is_wrong = union == WHOLE or (union == PARTLY and place == number == 0)
        self.wrong += is_wrong
        return TOO_MUCH if is_wrong else PRICE

    async def repeat(self) -> None:
        """Process what was settled, repeat what was refused, correct both and send them."""
        practice = self.practice
        states = {union: await practice.again(batch) for union, batch in self.sent.items()}
        assert {union: each["status"] for union, each in states.items()} == {
            CLEAN: "settled",
            PARTLY: "settled",
            WHOLE: "refused",
        }
        assert states[WHOLE]["refusal_kind"] == "file"
        processed = await practice.work_off()
        (carried,) = {each["carried_to_id"] for each in processed} - {None}
        again = await practice.call("POST", states[WHOLE]["links"]["resending"], {})
        assert again["resends_id"] == states[WHOLE]["id"]
        for path in (f"/v1/invoice-batches/{carried}", again["links"]["self"]):
            draft = await practice.call("GET", path)
            await practice.correct(draft)
            await practice.send(draft)

    @property
    def acts(self) -> int:
        """How many acts were given."""
        return self.patients * len(self.days)

    async def check(self) -> None:
        """Compare to the cent: our own sums, the house's, the insurers' payments, the ledger.

        Every act is paid in the end, and what was too dear was refused once.
        """
        paid, refused = self.acts * PRICE, self.wrong * TOO_MUCH
        sent = paid + refused
        assert await self.practice.books() == Counter(sent=sent, paid=paid, refused=refused)
        balances = await self.practice.balances()
        assert balances == {
            "sent_cents": sent,
            "accepted_cents": paid,
            "refused_cents": refused,
            "paid_cents": paid,
            "still_open_cents": 0,
            "is_balanced": True,
        }
        assert sum((await self.practice.payments()).values()) == paid
        batches = await self.practice.items("/v1/invoice-batches")
        assert {each["status"] for each in batches} == {"settled", "refused"}
        assert [each["sending_number"] for each in reversed(batches)] == [1, 2, 3, 4, 5]
        exchanges = [await self.practice.call("GET", each["links"]["exchange"]) for each in batches]
        references = {each["input_reference"] for each in exchanges}
        assert await self.practice.ledger() == (dict.fromkeys(references, 1), paid)
