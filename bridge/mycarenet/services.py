"""The asynchronous services as a table: names, endpoints' habits, how each is confirmed.

Source: *MyCareNet transport* 0.4, 2.6, 2.7, 2.9 and 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bridge.codecs.blob import Encoding

if TYPE_CHECKING:
    from collections.abc import Mapping


class ConfirmBy(Enum):
    """What names a delivery when it is confirmed (*transport* 2.6)."""

    CONTENT = "content"
    REFERENCE = "reference"


@dataclass(frozen=True, kw_only=True)
class AsyncService:
    """One business service of GenAsync.

    Attributes:
        name: Ours, such as ``memberdata``.
        sent_name: ``MessageName`` of what we send.
        content_type: Of the blob we send.
        encoding: Of the blob we send.
        confirms_messages_by: Hash of the content, or reference.
        confirms_receipts_by: Value of the receipt, or reference.
        most_messages: ``Max`` for business answers of one query.
        most_receipts: ``Max`` for receipts.
        signs_blob: Whether a post carries XAdES-BES over its blob (*transport* 3.2).
        is_sealed: Whether the content is signed and sealed for MyCareNet (*transport* 6.1, 8.1).
        has_limited_reference: Whether references have at most 14 characters.
    """

    name: str
    sent_name: str
    content_type: str = "text/xml"
    encoding: Encoding = Encoding.NONE
    confirms_messages_by: ConfirmBy = ConfirmBy.REFERENCE
    confirms_receipts_by: ConfirmBy = ConfirmBy.CONTENT
    most_messages: int = 100
    most_receipts: int = 100
    signs_blob: bool = False
    is_sealed: bool = False
    has_limited_reference: bool = True


MEMBERDATA: Final = AsyncService(name="memberdata", sent_name="MDA")
"""Insurability of many patients: no signature over the content, no seal (*transport* 5.5)."""

GENERIC_INSURABILITY: Final = AsyncService(name="generic_insurability", sent_name="GENINS")
"""The older service about many patients; its message name is not public (*Insurability* 2.3)."""

MEDADMIN: Final = AsyncService(
    name="medadmin",
    sent_name="M4A_XML",
    confirms_receipts_by=ConfirmBy.REFERENCE,
    is_sealed=True,
)
"""Care requests of a nurse: sealed, signed inside, nothing beside the blob (*transport* 6.1).

Receipts are confirmed by reference as the connector does; one without a reference by its value,
as another client does (2.6).
"""

INVOICING: Final = AsyncService(
    name="invoicing",
    sent_name="HCPFAC",
    content_type="text/plain",
    encoding=Encoding.DEFLATE,
    confirms_messages_by=ConfirmBy.CONTENT,
    signs_blob=True,
)
"""Invoice files: in clear, with XAdES-BES beside the blob (*transport* 3.2)."""

ASYNC_SERVICES: Final[Mapping[str, AsyncService]] = MappingProxyType(
    {service.name: service for service in (MEMBERDATA, GENERIC_INSURABILITY, MEDADMIN, INVOICING)}
)
"""Services by name."""


def with_message_names(names: Mapping[str, str]) -> Mapping[str, AsyncService]:
    """Give the services with other names for what is sent; a setting, where they are inferred."""
    return MappingProxyType(
        {
            name: replace(service, sent_name=names.get(name, service.sent_name))
            for name, service in ASYNC_SERVICES.items()
        }
    )
