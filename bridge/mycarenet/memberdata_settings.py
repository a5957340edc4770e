"""Named settings of MemberData: everything that is inferred, or differs between known clients."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class ReferenceLayout(Enum):
    """How an InputReference looks; both have 14 digits (*MyCareNet transport* 1.2)."""

    RANDOM_DIGITS = "random_digits"
    LOCAL_TIME = "local_time"


@dataclass(frozen=True, kw_only=True)
class MemberDataSettings:
    """Choices of the request that a pilot may have to change.

    Attributes:
        reference_layout: Random digits never repeat; ``LOCAL_TIME`` (``yyyyMMddHHmmss``) is what
            the eHealth connector sends, and repeats within a second.
        sends_contact_type: Whether the dimension ``contactType`` is sent; known clients normally
            send both dimensions (*transport* 5.2).
        sends_routing: Whether ``Routing`` is sent; known clients leave it out, the platform
            routes on the subject (*transport* 1.3).
        sends_organization: Whether a nurse's number is repeated as an organisation; one client
            does, tolerated, not required (*transport* 4.2).
        end_is_excluded: Whether ``NotOnOrAfter`` is the day after the last asked day
            (*Insurability* 3.1) or that day itself.
    """

    reference_layout: ReferenceLayout = ReferenceLayout.RANDOM_DIGITS
    sends_contact_type: bool = True
    sends_routing: bool = False
    sends_organization: bool = False
    end_is_excluded: bool = True


DEFAULT_SETTINGS: Final = MemberDataSettings()
