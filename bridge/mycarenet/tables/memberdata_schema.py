"""Our own compact schemas of the four MemberData documents, in RELAX NG (D4).

They are narrower than the official ones: exactly what we write and what the sandbox takes.
Values of ``xsi:type`` are names whose prefix depends on the document, so RELAX NG sees their last
part only; ``bridge.mycarenet.schema`` resolves them.
Source: *MyCareNet transport* 1.2 to 1.4 and 5.1 to 5.4.
"""

from __future__ import annotations

from typing import Final

_HEAD: Final = """
<grammar xmlns="http://relaxng.org/ns/structure/1.0"
 datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes"
 xmlns:mc="urn:be:fgov:ehealth:mycarenet:commons:core:v3"
 xmlns:mp="urn:be:fgov:ehealth:mycarenet:commons:protocol:v3"
 xmlns:md="urn:be:fgov:ehealth:mycarenet:memberdata:protocol:v1"
 xmlns:t="urn:be:cin:types:v1"
 xmlns:ext="urn:be:cin:nippin:memberdata:saml:extension"
 xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"
 xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<define name="words"><data type="token"><param name="minLength">1</param></data></define>
<define name="issued"><attribute name="IssueInstant"><data type="dateTime"/></attribute></define>
"""

_BLOB: Final = """
<define name="blob">
 <attribute name="ContentType"><value type="string">text/xml</value></attribute>
 <attribute name="ContentEncoding">
  <choice><value type="string">none</value><value type="string">deflate</value></choice>
 </attribute>
 <attribute name="Id"><data type="NCName"/></attribute>
 <optional><attribute name="HashValue"><data type="base64Binary"/></attribute></optional>
 <data type="base64Binary"/>
</define>
"""

_QUERY_PARTS: Final = """
<define name="saml-attributes">
 <attribute name="ID"><data type="NCName"/></attribute>
 <attribute name="Version"><value type="string">2.0</value></attribute>
 <ref name="issued"/>
</define>
<define name="facet">
 <element name="ext:Facet">
  <attribute name="id"><data type="anyURI"/></attribute>
  <zeroOrMore>
   <element name="Dimension">
    <attribute name="id"><data type="anyURI"/></attribute>
    <ref name="words"/>
   </element>
  </zeroOrMore>
 </element>
</define>
<define name="subject">
 <element name="saml:Subject">
  <element name="saml:NameID">
   <attribute name="Format"><data type="anyURI"/></attribute>
   <ref name="words"/>
  </element>
  <element name="saml:SubjectConfirmation">
   <attribute name="Method">
    <value type="string">urn:be:cin:nippin:memberIdentification</value>
   </attribute>
   <element name="saml:SubjectConfirmationData">
    <attribute name="NotBefore"><data type="dateTime"/></attribute>
    <attribute name="NotOnOrAfter"><data type="dateTime"/></attribute>
   </element>
  </element>
 </element>
</define>
"""

CONSULTATION: Final = (
    _HEAD
    + _BLOB
    + """
<define name="number">
 <element name="mc:Nihii">
  <optional><element name="mc:Quality"><ref name="words"/></element></optional>
  <element name="mc:Value"><ref name="words"/></element>
 </element>
</define>
<define name="identity">
 <optional><element name="mc:Name"><text/></element></optional>
 <optional><ref name="number"/></optional>
 <optional><element name="mc:Ssin"><ref name="words"/></element></optional>
 <optional><element name="mc:Cbe"><ref name="words"/></element></optional>
</define>
<define name="party">
 <optional><element name="mc:PhysicalPerson"><ref name="identity"/></element></optional>
 <optional><element name="mc:Organization"><ref name="identity"/></element></optional>
</define>
<define name="origin">
 <element name="mc:Package">
  <optional><element name="mc:Name"><text/></element></optional>
  <element name="mc:License">
   <element name="mc:Username"><ref name="words"/></element>
   <element name="mc:Password"><ref name="words"/></element>
  </element>
 </element>
 <optional><element name="mc:SiteID"><text/></element></optional>
 <element name="mc:CareProvider"><ref name="number"/><ref name="party"/></element>
 <optional><element name="mc:Sender"><ref name="party"/></element></optional>
</define>
<define name="routing">
 <element name="mp:Routing">
  <element name="mc:CareReceiver">
   <optional><element name="mc:Ssin"><ref name="words"/></element></optional>
   <optional><element name="mc:RegNrWithMut"><ref name="words"/></element></optional>
   <optional><element name="mc:Mutuality"><ref name="words"/></element></optional>
  </element>
  <element name="mc:ReferenceDate"><data type="date"/></element>
  <optional>
   <element name="mc:Period">
    <element name="mc:Start"><data type="date"/></element>
    <element name="mc:End"><data type="date"/></element>
   </element>
  </optional>
 </element>
</define>
<start>
 <element name="md:MemberDataConsultationRequest">
  <attribute name="Id"><data type="NCName"/></attribute>
  <ref name="issued"/>
  <element name="mp:CommonInput">
   <element name="mc:Request">
    <element name="mc:IsTest"><data type="boolean"/></element>
   </element>
   <element name="mc:Origin"><ref name="origin"/></element>
   <element name="mc:InputReference"><ref name="words"/></element>
  </element>
  <optional><ref name="routing"/></optional>
  <element name="mp:Detail"><ref name="blob"/></element>
 </element>
</start>
</grammar>
"""
)
"""The SOAP payload of a question."""

QUERY: Final = (
    _HEAD
    + _QUERY_PARTS
    + """
<start>
 <element name="samlp:AttributeQuery">
  <ref name="saml-attributes"/>
  <element name="saml:Issuer">
   <attribute name="Format"><data type="anyURI"/></attribute>
   <ref name="words"/>
  </element>
  <element name="samlp:Extensions">
   <attribute name="xsi:type"><data type="QName"/></attribute>
   <oneOrMore><ref name="facet"/></oneOrMore>
  </element>
  <ref name="subject"/>
 </element>
</start>
</grammar>
"""
)
"""The question itself, inside the blob."""

ANSWER: Final = (
    _HEAD
    + _BLOB
    + """
<start>
 <element name="md:MemberDataConsultationResponse">
  <attribute name="Id"><data type="NCName"/></attribute>
  <attribute name="InResponseTo"><data type="NCName"/></attribute>
  <ref name="issued"/>
  <element name="mp:Return">
   <element name="mp:CommonOutput">
    <optional><element name="mc:InputReference"><text/></element></optional>
    <optional><element name="mc:NIPReference"><text/></element></optional>
    <optional><element name="mc:OutputReference"><text/></element></optional>
   </element>
   <element name="mp:Detail"><ref name="blob"/></element>
  </element>
 </element>
</start>
</grammar>
"""
)
"""The SOAP payload of an answer."""

RESPONSE: Final = (
    _HEAD
    + _QUERY_PARTS
    + """
<define name="status">
 <element name="samlp:StatusCode">
  <attribute name="Value"><data type="anyURI"/></attribute>
  <optional><ref name="status"/></optional>
 </element>
</define>
<define name="fault">
 <element name="Fault">
  <attribute name="xsi:type"><data type="QName"/></attribute>
  <element name="t:FaultCode"><ref name="words"/></element>
  <element name="t:FaultSource"><ref name="words"/></element>
  <element name="t:Details">
   <oneOrMore>
    <element name="t:Detail">
     <element name="t:DetailCode"><ref name="words"/></element>
     <element name="t:DetailSource"><ref name="words"/></element>
     <optional><element name="t:Location"><text/></element></optional>
     <optional><element name="t:Message"><text/></element></optional>
    </element>
   </oneOrMore>
  </element>
 </element>
</define>
<define name="value">
 <choice>
  <group>
   <attribute name="xsi:type">
    <data type="token"><param name="pattern">([^:]+:)?date</param></data>
   </attribute>
   <data type="date"/>
  </group>
  <group>
   <attribute name="xsi:type">
    <data type="token"><param name="pattern">([^:]+:)?boolean</param></data>
   </attribute>
   <data type="boolean"/>
  </group>
  <group>
   <attribute name="xsi:type">
    <data type="token"><param name="pattern">([^:]+:)?string</param></data>
   </attribute>
   <text/>
  </group>
 </choice>
</define>
<define name="assertion">
 <element name="saml:Assertion">
  <ref name="saml-attributes"/>
  <element name="saml:Issuer"><ref name="words"/></element>
  <ref name="subject"/>
  <element name="saml:Advice">
   <attribute name="xsi:type"><data type="QName"/></attribute>
   <element name="ext:AssertionType"><ref name="words"/></element>
   <oneOrMore><ref name="facet"/></oneOrMore>
  </element>
  <element name="saml:AttributeStatement">
   <oneOrMore>
    <element name="saml:Attribute">
     <attribute name="Name"><ref name="words"/></attribute>
     <oneOrMore><element name="saml:AttributeValue"><ref name="value"/></element></oneOrMore>
    </element>
   </oneOrMore>
  </element>
 </element>
</define>
<start>
 <element name="samlp:Response">
  <ref name="saml-attributes"/>
  <attribute name="InResponseTo"><data type="NCName"/></attribute>
  <element name="saml:Issuer"><ref name="words"/></element>
  <element name="samlp:Status">
   <ref name="status"/>
   <optional><element name="samlp:StatusDetail"><ref name="fault"/></element></optional>
  </element>
  <zeroOrMore><ref name="assertion"/></zeroOrMore>
 </element>
</start>
</grammar>
"""
)
"""The answer itself, inside the blob."""
