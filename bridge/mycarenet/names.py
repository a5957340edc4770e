"""Names on the wire of MyCareNet on the eHealth bus.

Source: *MyCareNet transport* 1.1, 5.2 to 5.4, *Insurability* 3.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from bridge.soap.names import SAML2, SAML2P, XSI

CORE: Final = "urn:be:fgov:ehealth:mycarenet:commons:core:v3"
PROTOCOL: Final = "urn:be:fgov:ehealth:mycarenet:commons:protocol:v3"
MEMBERDATA: Final = "urn:be:fgov:ehealth:mycarenet:memberdata:protocol:v1"
TYPES: Final = "urn:be:cin:types:v1"
EXTENSION: Final = "urn:be:cin:nippin:memberdata:saml:extension"
GENASYNC: Final = "urn:be:cin:nip:async:generic"
ESB_COMMON: Final = "urn:be:cin:mycarenet:esb:common:v2"
ENCRYPTED: Final = "urn:be:cin:encrypted"
XMIME: Final = "http://www.w3.org/2005/05/xmlmime"
XS: Final = "http://www.w3.org/2001/XMLSchema"

PREFIXES: Final = MappingProxyType(
    {"mc": CORE, "mp": PROTOCOL, "md": MEMBERDATA},
)
"""Prefixes of the SOAP payload."""

ASYNC_PREFIXES: Final = MappingProxyType({"a": GENASYNC, "c": ESB_COMMON, "t": TYPES})
"""Prefixes of the GenAsync payloads."""

QUERY_PREFIXES: Final = MappingProxyType(
    {"samlp": SAML2P, "saml": SAML2, "ext": EXTENSION, "xsi": XSI},
)
"""Prefixes inside the blob of a query."""

ANSWER_PREFIXES: Final = MappingProxyType({**QUERY_PREFIXES, "t": TYPES, "xs": XS})
"""Prefixes inside the blob of an answer."""

MEMBERDATA_ACTION: Final = (
    "urn:be:fgov:ehealth:mycarenet:memberdata:protocol:v1:MemberDataConsultation"
)
"""SOAPAction of the one operation of the service."""

ISSUER_NIHII11: Final = "urn:be:cin:nippin:nihii11"
SUBJECT_SSIN: Final = "urn:be:fgov:person:ssin"
SUBJECT_MEMBERSHIP: Final = "urn:be:cin:nippin:careReceiver:registrationNumber@mut"
SUBJECT_SSIN_AT_MUTUALITY: Final = "urn:be:cin:nippin:member:ssin@mut"
MEMBER_IDENTIFICATION: Final = "urn:be:cin:nippin:memberIdentification"

NIPPIN: Final = "urn:be:cin:nippin:"
INSURABILITY: Final = NIPPIN + "insurability"
PALLIATIVE_STATUS: Final = NIPPIN + "palliativeStatus"
GLOBAL_MEDICAL_FILE: Final = NIPPIN + "globalMedicalFile"
CHRONIC_CONDITION: Final = NIPPIN + "chronicCondition"
CARE_PATH: Final = NIPPIN + "carePath"
REFERENCE_PHARMACY: Final = NIPPIN + "referencePharmacy"
REQUEST_TYPE: Final = "requestType"
CONTACT_TYPE: Final = "contactType"

PATIENT: Final = NIPPIN + "insurability:patientData"
PERIOD: Final = NIPPIN + "insurability:period"
PAYMENT: Final = NIPPIN + "insurability:payment"
GENERAL_SITUATION: Final = NIPPIN + "insurability:generalSituation"
HOSPITALISATION: Final = NIPPIN + "hospitalisation"
MEDICAL_HOUSE: Final = NIPPIN + "medicalHouse"

IO_ISSUER: Final = "urn:be:cin:io:"
"""Issuer of an insurer's answer, followed by its number."""

PLATFORM_ISSUER: Final = "urn:be:cin:nippin:aa"
"""Issuer of an answer of the platform itself."""

SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
REQUESTER: Final = "urn:oasis:names:tc:SAML:2.0:status:Requester"
RESPONDER: Final = "urn:oasis:names:tc:SAML:2.0:status:Responder"
SUB_STATUS: Final = "urn:be:cin:nippin:SAML:status:"
