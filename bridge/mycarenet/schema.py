"""Checks documents against our compact schemas (D4)."""

from __future__ import annotations

from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from bridge.mycarenet.names import EXTENSION, TYPES, XS
from bridge.mycarenet.tables import (
    encrypted_schema,
    genasync_schema,
    genins_schema,
    medadmin_schema,
    memberdata_schema,
)
from bridge.soap import xml
from bridge.soap.names import SAML2, SAML2P, XSI, q

_TYPE: Final = q(XSI, "type")

_TYPES: Final = MappingProxyType(
    {
        q(SAML2P, "Extensions"): {q(EXTENSION, "ExtensionsType")},
        q(SAML2, "Advice"): {q(EXTENSION, "AdviceType")},
        q(SAML2, "AttributeValue"): {q(XS, "string"), q(XS, "date"), q(XS, "boolean")},
        "Fault": {q(TYPES, "FaultType")},
    },
)


class Document(Enum):
    """The documents we have a schema for."""

    CONSULTATION = memberdata_schema.CONSULTATION
    QUERY = memberdata_schema.QUERY
    ANSWER = memberdata_schema.ANSWER
    RESPONSE = memberdata_schema.RESPONSE
    GENASYNC = genasync_schema.GENASYNC
    GENINS_LIST = genins_schema.LIST
    GENINS_SINGLE = genins_schema.SINGLE
    KNOWN_CONTENT = encrypted_schema.KNOWN_CONTENT
    MEDADMIN = medadmin_schema.MESSAGES


def is_valid(element: Element, document: Document) -> bool:
    """Tell whether an element is a document of this kind, names of types included."""
    return bool(_compiled(document).validate(element)) and all(
        type_of(typed) in _TYPES.get(str(typed.tag), ())
        for typed in element.iter()
        if _TYPE in typed.attrib
    )


def type_of(element: Element) -> str | None:
    """Resolve ``xsi:type`` to ``{namespace}local``; ``None`` when absent or unbound."""
    prefix, colon, local = (element.get(_TYPE) or "").strip().rpartition(":")
    namespace = element.nsmap.get(prefix if colon else None)
    return q(namespace, local) if namespace and local else None


@cache
def _compiled(document: Document) -> etree.RelaxNG:
    return etree.RelaxNG(xml.parse(document.value.encode()))
