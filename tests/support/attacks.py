"""What an attacker does to a genuinely signed message; none of these may be accepted.

Each attack takes the bytes of a message and gives the bytes of an altered one.
The message is one of ``tests.support.foreign`` or of ``bridge.soap.wsse``: Security with
timestamp, token and signature, in that order.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from copy import deepcopy
from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from bridge.soap import xml
from tests.support import pki
from tests.support.foreign import DS, SOAP, WSSE, WSU

Attack = Callable[[bytes], bytes]

_EVIL: Final = '<q:Question xmlns:q="urn:test:question">pay the attacker</q:Question>'
WSU_ID: Final = f"{{{WSU}}}Id"


def on_tree(change: Callable[[etree._Element], None]) -> Attack:
    """Make an attack of a function that alters the tree of a message."""

    def attack(message: bytes) -> bytes:
        envelope = xml.parse(message)
        change(envelope)
        return etree.tostring(envelope)

    attack.__name__ = change.__name__
    return attack


def header(envelope: etree._Element) -> etree._Element:
    return envelope[0]


def security(envelope: etree._Element) -> etree._Element:
    return envelope[0][0]


def signature(envelope: etree._Element) -> etree._Element:
    return envelope[0][0][2]


def body(envelope: etree._Element) -> etree._Element:
    return envelope[1]


def _evil_body(identifier: str | None) -> etree._Element:
    element = etree.Element(f"{{{SOAP}}}Body", nsmap={"soap": SOAP, "wsu": WSU})
    if identifier is not None:
        element.set(WSU_ID, identifier)
    element.append(xml.parse(_EVIL.encode()))
    return element


def _wrap_body(envelope: etree._Element, identifier: str | None) -> None:
    genuine = body(envelope)
    wrapper = etree.SubElement(header(envelope), "{urn:test:wrapper}Wrapper")
    wrapper.append(genuine)
    envelope.append(_evil_body(identifier))


def body_moved_new_id(envelope: etree._Element) -> None:
    _wrap_body(envelope, "evil")


def body_moved_no_id(envelope: etree._Element) -> None:
    _wrap_body(envelope, None)


def body_moved_same_id(envelope: etree._Element) -> None:
    _wrap_body(envelope, body(envelope).get(WSU_ID))


def body_moved_padded_id(envelope: etree._Element) -> None:
    _wrap_body(envelope, f" {body(envelope).get(WSU_ID)} ")


def second_body_before(envelope: etree._Element) -> None:
    envelope.insert(1, _evil_body("evil"))


def second_body_after(envelope: etree._Element) -> None:
    envelope.append(_evil_body("evil"))


def body_inside_body(envelope: etree._Element) -> None:
    outer = _evil_body("evil")
    outer[0].append(body(envelope))
    envelope.append(outer)


def second_payload(envelope: etree._Element) -> None:
    body(envelope).append(xml.parse(_EVIL.encode()))


def payload_text_changed(envelope: etree._Element) -> None:
    body(envelope)[0].text = "is he insured?"


def payload_attribute_added(envelope: etree._Element) -> None:
    body(envelope)[0].set("urgent", "true")


def timestamp_extended(envelope: etree._Element) -> None:
    security(envelope)[0][1].text = "2026-03-02T08:04:59Z"


def timestamp_moved_to_header(envelope: etree._Element) -> None:
    genuine = security(envelope)[0]
    fresh = deepcopy(genuine)
    fresh.set(WSU_ID, "evil")
    header(envelope).append(genuine)
    security(envelope).insert(0, fresh)


def timestamp_twice(envelope: etree._Element) -> None:
    fresh = deepcopy(security(envelope)[0])
    fresh.set(WSU_ID, "evil")
    security(envelope).append(fresh)


def timestamp_missing(envelope: etree._Element) -> None:
    security(envelope).remove(security(envelope)[0])


def token_twice(envelope: etree._Element) -> None:
    security(envelope).insert(1, deepcopy(security(envelope)[1]))


def token_missing(envelope: etree._Element) -> None:
    security(envelope).remove(security(envelope)[1])


def security_twice(envelope: etree._Element) -> None:
    header(envelope).append(deepcopy(security(envelope)))


def security_in_wrapper(envelope: etree._Element) -> None:
    wrapper = etree.SubElement(header(envelope), "{urn:test:wrapper}Wrapper")
    wrapper.append(security(envelope))


def security_in_payload(envelope: etree._Element) -> None:
    body(envelope)[0].append(security(envelope))


def security_missing(envelope: etree._Element) -> None:
    header(envelope).remove(security(envelope))


def header_missing(envelope: etree._Element) -> None:
    envelope.remove(header(envelope))


def header_after_body(envelope: etree._Element) -> None:
    envelope.append(header(envelope))


def signature_twice(envelope: etree._Element) -> None:
    security(envelope).append(deepcopy(signature(envelope)))


def signature_missing(envelope: etree._Element) -> None:
    security(envelope).remove(signature(envelope))


def signature_moved_to_header(envelope: etree._Element) -> None:
    header(envelope).append(signature(envelope))


def signature_value_empty(envelope: etree._Element) -> None:
    signature(envelope)[1].text = ""


def signature_value_zero(envelope: etree._Element) -> None:
    length = len(base64.b64decode(signature(envelope)[1].text or ""))
    signature(envelope)[1].text = base64.b64encode(bytes(length)).decode()


def signature_value_cut(envelope: etree._Element) -> None:
    value = base64.b64decode(signature(envelope)[1].text or "")
    signature(envelope)[1].text = base64.b64encode(value[:-1]).decode()


def signature_value_in_der(envelope: etree._Element) -> None:
    value = base64.b64decode(signature(envelope)[1].text or "")
    half = len(value) // 2
    der = encode_dss_signature(int.from_bytes(value[:half]), int.from_bytes(value[half:]))
    signature(envelope)[1].text = base64.b64encode(der).decode()


def reference_dropped(envelope: etree._Element) -> None:
    signed_info = signature(envelope)[0]
    signed_info.remove(signed_info[2])


def reference_repeated(envelope: etree._Element) -> None:
    signed_info = signature(envelope)[0]
    signed_info.append(deepcopy(signed_info[2]))


def references_none(envelope: etree._Element) -> None:
    signed_info = signature(envelope)[0]
    for reference in signed_info[2:]:
        signed_info.remove(reference)


def method_changed_to_hmac(envelope: etree._Element) -> None:
    signature(envelope)[0][1].set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")


def object_with_old_body(envelope: etree._Element) -> None:
    genuine = body(envelope)
    etree.SubElement(signature(envelope), f"{{{DS}}}Object").append(genuine)
    envelope.append(_evil_body("evil"))


def key_info_missing(envelope: etree._Element) -> None:
    signature(envelope).remove(signature(envelope)[2])


def key_info_with_own_certificate(envelope: etree._Element) -> None:
    """Let the signature bring a certificate along instead of pointing at the token."""
    key_info = signature(envelope)[2]
    key_info.remove(key_info[0])
    holder = etree.SubElement(key_info, f"{{{DS}}}X509Data")
    certificate = pki.ehealth("rsa", identifier="SSIN=85073003328").certificate
    etree.SubElement(holder, f"{{{DS}}}X509Certificate").text = certificate.base64


def key_info_to_nothing(envelope: etree._Element) -> None:
    _point_key_info_at(envelope, "nothing")


def _point_key_info_at(envelope: etree._Element, identifier: str) -> None:
    pointer = signature(envelope)[2][0][0]
    if pointer.tag == f"{{{WSSE}}}Reference":
        pointer.set("URI", f"#{identifier}")
    else:
        pointer.text = identifier


def key_info_to_other_token(envelope: etree._Element) -> None:
    """Leave the signed token alone; let the key come from a token in another header."""
    other = deepcopy(security(envelope)[1])
    other.set("AssertionID" if "AssertionID" in other.attrib else WSU_ID, "evil")
    etree.SubElement(header(envelope), "{urn:test:wrapper}Wrapper").append(other)
    _point_key_info_at(envelope, "evil")


def _duplicate_id(name: str, target: Callable[[etree._Element], etree._Element]) -> Attack:
    def duplicate(envelope: etree._Element) -> None:
        element = target(envelope)
        identifier = element.get(WSU_ID) or element.get("AssertionID")
        etree.SubElement(header(envelope), "{urn:test:wrapper}Twin").set(name, str(identifier))

    return on_tree(duplicate)


_XML_ID: Final = "{http://www.w3.org/XML/1998/namespace}id"

ATTACKS: Final[dict[str, Attack]] = (
    {
        change.__name__: on_tree(change)
        for change in (
            body_moved_new_id,
            body_moved_no_id,
            body_moved_same_id,
            body_moved_padded_id,
            second_body_before,
            second_body_after,
            body_inside_body,
            second_payload,
            payload_text_changed,
            payload_attribute_added,
            timestamp_extended,
            timestamp_moved_to_header,
            timestamp_twice,
            timestamp_missing,
            token_twice,
            token_missing,
            security_twice,
            security_in_wrapper,
            security_in_payload,
            security_missing,
            header_missing,
            header_after_body,
            signature_twice,
            signature_missing,
            signature_moved_to_header,
            signature_value_empty,
            signature_value_zero,
            signature_value_cut,
            signature_value_in_der,
            reference_dropped,
            reference_repeated,
            references_none,
            method_changed_to_hmac,
            object_with_old_body,
            key_info_missing,
            key_info_with_own_certificate,
            key_info_to_nothing,
            key_info_to_other_token,
        )
    }
    | {
        f"duplicate_{label}_of_body": _duplicate_id(name, body)
        for label, name in (
            ("wsu_id", WSU_ID),
            ("plain_id", "Id"),
            ("saml2_id", "ID"),
            ("assertion_id", "AssertionID"),
            ("response_id", "ResponseID"),
            ("request_id", "RequestID"),
            ("xml_id", _XML_ID),
        )
    }
    | {
        "duplicate_id_of_timestamp": _duplicate_id(WSU_ID, lambda envelope: security(envelope)[0]),
        "duplicate_id_of_token": _duplicate_id(WSU_ID, lambda envelope: security(envelope)[1]),
    }
)
"""Every attack that needs no key, by name."""
