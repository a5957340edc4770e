"""What a person of the sandbox brings along for care requests.

Nothing of it decides by a number of somebody (D5): each trait is a property any person may have,
and events are counted in days of the insurers' clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class CareTraits:
    """What insurers find when they look at the care of a person; days are calendar days.

    Attributes:
        has_rights_in_order: Without, an agreement is on medical grounds only.
        has_other_nurse: Another nurse is the reference provider before anybody asks.
        sends_gp_form: The general practitioner sends a form for palliative care at all.
        gp_form_after_days: It arrives so many days after the nurse's.
        visit_after_days: The controlling doctor comes so many days after the decision.
        visit_scores: Six scores that doctor finds.
        closed_after_days: The insurer closes the agreement so many days after the decision.
        modified_after_days: The insurer shortens the agreement so many days after the decision.
        other_nurse_after_days: Another nurse takes over so many days after the decision.
    """

    has_rights_in_order: bool = True
    has_other_nurse: bool = False
    sends_gp_form: bool = True
    gp_form_after_days: int = 0
    visit_after_days: int | None = None
    visit_scores: tuple[int, ...] = field(default=(1, 1, 1, 1, 1, 1), repr=False)
    closed_after_days: int | None = None
    modified_after_days: int | None = None
    other_nurse_after_days: int | None = None
