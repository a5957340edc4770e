"""Official sentences of errors, where they were imported, beside our own explanation (D4, API-74).

A resource is built without them and completed here: they are data of this installation, not of
what is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from api.models.batches import InsurabilityBatchItem
from api.models.checks import InsurabilityCheckResource, InsurabilityRefusal
from api.models.declaration_answers import CareDecisionFacts, CareFaultFacts
from api.models.declarations import DeclarationResource
from api.models.problem import OfficialText
from api.models.settlements import SettledInvoiceResource, SettlementError, SettlementResource
from bridge.domain.referencedata import ErrorSource, OfficialTexts
from bridge.service.settlementerrors import listed_code

_Entry = TypeVar("_Entry", SettlementError, CareDecisionFacts, CareFaultFacts, InsurabilityRefusal)
_Answer = TypeVar("_Answer", InsurabilityCheckResource, InsurabilityBatchItem)
_Settled = TypeVar("_Settled", SettlementResource, SettledInvoiceResource)
_Declaration = TypeVar("_Declaration", bound=DeclarationResource)
_Codes = tuple[str | None, ...]
"""Codes of an entry, the most exact one first."""


def with_settlement_texts(resource: _Settled, texts: OfficialTexts) -> _Settled:
    """Complete an answer about invoices, or one of its invoices."""
    errors = _explained(resource.errors, texts, ErrorSource.EFACT, _settlement_codes)
    return resource.model_copy(update={"errors": errors})


def with_care_texts(resource: _Declaration, texts: OfficialTexts) -> _Declaration:
    """Complete a declaration: reasons of decisions, and the fault."""
    about = ErrorSource.CARE_REQUESTS
    decisions = _explained(resource.decisions, texts, about, lambda each: (each.reason,))
    faults = [] if resource.fault is None else [resource.fault]
    faults = _explained(faults, texts, about, lambda each: (each.detail_code, each.code))
    return resource.model_copy(
        update={"decisions": decisions, "fault": faults[0] if faults else None}
    )


def with_insurability_texts(resource: _Answer, texts: OfficialTexts) -> _Answer:
    """Complete a check, or a patient of a batch: refusals and warnings."""
    refusals, warnings = (
        _explained(entries, texts, ErrorSource.INSURABILITY, lambda each: (each.remote_code,))
        for entries in (resource.refusals, resource.warnings)
    )
    return resource.model_copy(update={"refusals": refusals, "warnings": warnings})


def _settlement_codes(error: SettlementError) -> _Codes:
    return (listed_code(error.zone, error.code),)


def _explained(
    entries: Sequence[_Entry],
    texts: OfficialTexts,
    about: ErrorSource,
    codes_of: Callable[[_Entry], _Codes],
) -> list[_Entry]:
    return [_with_text(each, texts, about, codes_of(each)) for each in entries]


def _with_text(entry: _Entry, texts: OfficialTexts, about: ErrorSource, codes: _Codes) -> _Entry:
    found = texts.find(about, *codes)
    if found is None:
        return entry
    return entry.model_copy(update={"official_text": OfficialText(fr=found.fr, nl=found.nl)})
