"""Whether care was agreed to before it was given, by the insurers' register of agreements.

Toilets need a notification, lump sums an agreement of at least their letter; a lump sum's
agreement covers toilets too.
Source: *Electronic invoicing* 5.4, *Nursing messages* 4.
"""

from __future__ import annotations

from typing import Final

from bridge.mycarenet.medadmin_names import CareFamily, ContractualType
from bridge.sandbox.care_register import CareAgreement
from bridge.sandbox.efact_asked import Asked
from bridge.sandbox.efact_nomenclature import LUMP_SUMS, PALLIATIVE, TOILETS
from bridge.sandbox.efact_reading import Act
from bridge.sandbox.people import SandboxPerson

NOT_ASKED: Final = "04K2"
NOT_NOTIFIED: Final = "04K3"
OTHER_DECISION: Final = "0448"
OUTSIDE_PERIOD: Final = "0548"

_STRENGTHS: Final = {
    ContractualType.TOILET: 0,
    ContractualType.A: 1,
    ContractualType.B: 2,
    ContractualType.C: 3,
}


def missing_agreement(asked: Asked, person: SandboxPerson, act: Act) -> str | None:
    """Give zone and kind of the code an act gets for want of an agreement; ``None`` when fine."""
    day = act.record.day("5")
    if day is None:
        return None
    if act.code in PALLIATIVE:
        known = _agreements(asked, person, CareFamily.PALLIATIVE)
        wanted = None
    elif act.code in TOILETS or act.code in LUMP_SUMS:
        known = _agreements(asked, person, CareFamily.CONTRACTUAL)
        wanted = LUMP_SUMS.get(act.code, ContractualType.TOILET)
    else:
        return None
    if not known:
        return NOT_ASKED if act.code in LUMP_SUMS else NOT_NOTIFIED
    held = [agreement for agreement in known if agreement.is_open(day)]
    if not held:
        return OUTSIDE_PERIOD
    if wanted is not None and not any(_allows(agreement, wanted) for agreement in held):
        return OTHER_DECISION
    return None


def _agreements(asked: Asked, person: SandboxPerson, family: CareFamily) -> list[CareAgreement]:
    return asked.agreements.of(person.niss, insurer=asked.insurer, family=family)


def _allows(agreement: CareAgreement, wanted: ContractualType) -> bool:
    if agreement.care is None:
        return False
    given = agreement.care.contractual_type
    return isinstance(given, ContractualType) and (_STRENGTHS.get(given, -1) >= _STRENGTHS[wanted])
