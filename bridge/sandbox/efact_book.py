"""What the played insurers remember of invoices: files they took over and acts they paid."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from bridge.sandbox.efact_reading import Act, Record


class PaidAct(NamedTuple):
    """By what an act is known again: who, what, when, by whom, which one of the day."""

    person: str
    code: str
    day: str
    provider: str
    repetition: str

    def __repr__(self) -> str:
        """Give nothing about the person."""
        return f"PaidAct(code={self.code!r})"


@dataclass(frozen=True, kw_only=True)
class TakenFile:
    """A file that was taken over; refused ones are forgotten, their number is free again.

    Attributes:
        insurer: Such as ``300``.
        payer: Third-party payer, 12 positions.
        year: Of the creation date.
        number: Sending number.
        taken_on: By the insurers' time.
        content: Everything that was sent.
    """

    insurer: str
    payer: str = field(repr=False)
    year: str
    number: str
    taken_on: date
    content: bytes = field(repr=False)


class EfactBook:
    """All insurers' memory; used by one thread at a time."""

    def __init__(self) -> None:
        """Begin empty."""
        self._files: list[TakenFile] = []
        self._paid: set[tuple[str, PaidAct]] = set()

    def take(self, file: TakenFile) -> None:
        """Remember a file that was not refused."""
        self._files.append(file)

    def files(self, insurer: str, payer: str) -> list[TakenFile]:
        """Give the files of a payer at an insurer."""
        return [each for each in self._files if (each.insurer, each.payer) == (insurer, payer)]

    def is_paid(self, insurer: str, act: PaidAct) -> bool:
        """Tell whether an act was accepted before."""
        return (insurer, act) in self._paid

    def pay(self, insurer: str, act: PaidAct) -> None:
        """Remember an act that was accepted."""
        self._paid.add((insurer, act))

    def take_back(self, insurer: str, act: PaidAct) -> None:
        """Forget an act for which a credit note came."""
        self._paid.discard((insurer, act))


def paid_act(act: Act) -> PaidAct:
    """Say by what an act is known again."""
    record: Record = act.record
    return PaidAct(
        person=record.zone("8a,8b"),
        code=act.code,
        day=record.zone("5"),
        provider=record.zone("15"),
        repetition=record.zone("23"),
    )
