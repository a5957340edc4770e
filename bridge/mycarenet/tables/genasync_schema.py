"""Our own compact schema of the three GenAsync requests, in RELAX NG (D4).

It is narrower than the official one: exactly what we write.
Source: *MyCareNet transport* 1.2, 1.4, 2.3, 2.5 and 2.6.
"""

from __future__ import annotations

from typing import Final

GENASYNC: Final = """
<grammar xmlns="http://relaxng.org/ns/structure/1.0"
 datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes"
 xmlns:a="urn:be:cin:nip:async:generic"
 xmlns:c="urn:be:cin:mycarenet:esb:common:v2">
<define name="words"><data type="token"><param name="minLength">1</param></data></define>
<define name="base64"><data type="base64Binary"/></define>
<define name="bases"><list><zeroOrMore><data type="base64Binary"/></zeroOrMore></list></define>
<define name="tokens"><list><zeroOrMore><data type="token"/></zeroOrMore></list></define>
<define name="nihii">
 <element name="c:Nihii">
  <optional><element name="c:Quality"><ref name="words"/></element></optional>
  <element name="c:Value">
   <data type="token"><param name="pattern">[0-9]{11}</param></data>
  </element>
 </element>
</define>
<define name="identity">
 <optional><element name="c:Name"><ref name="words"/></element></optional>
 <optional><ref name="nihii"/></optional>
 <optional>
  <element name="c:Ssin"><data type="token"><param name="pattern">[0-9]{11}</param></data></element>
 </optional>
 <optional>
  <element name="c:Cbe"><data type="token"><param name="pattern">[0-9]{10}</param></data></element>
 </optional>
</define>
<define name="parties">
 <optional><element name="c:PhysicalPerson"><ref name="identity"/></element></optional>
 <optional><element name="c:Organization"><ref name="identity"/></element></optional>
</define>
<define name="origin">
 <element name="c:Package">
  <element name="c:Name"><ref name="words"/></element>
  <element name="c:License">
   <element name="c:Username"><ref name="words"/></element>
   <element name="c:Password"><ref name="words"/></element>
  </element>
 </element>
 <element name="c:CareProvider"><ref name="nihii"/><ref name="parties"/></element>
 <optional><element name="c:Sender"><ref name="parties"/></element></optional>
</define>
<define name="query">
 <attribute name="Include"><data type="boolean"/></attribute>
 <optional><element name="a:Max"><data type="positiveInteger"/></element></optional>
</define>
<define name="post">
 <element name="a:post">
  <element name="a:CommonInput">
   <element name="c:Request"><element name="c:IsTest"><data type="boolean"/></element></element>
   <element name="c:Origin"><ref name="origin"/></element>
   <element name="c:InputReference">
    <data type="token"><param name="minLength">1</param><param name="maxLength">14</param></data>
   </element>
  </element>
  <element name="a:Detail">
   <attribute name="ContentType"><ref name="words"/></attribute>
   <attribute name="ContentEncoding">
    <choice><value type="string">none</value><value type="string">deflate</value></choice>
   </attribute>
   <attribute name="MessageName"><ref name="words"/></attribute>
   <attribute name="Id"><data type="NCName"/></attribute>
   <optional><attribute name="ContentEncryption"><ref name="words"/></attribute></optional>
   <ref name="base64"/>
  </element>
  <optional><element name="a:Xades-t"><ref name="base64"/></element></optional>
 </element>
</define>
<define name="get">
 <element name="a:get">
  <element name="a:Origin"><ref name="origin"/></element>
  <optional><element name="a:Reply-to-etk"><ref name="base64"/></element></optional>
  <optional>
   <element name="a:QueryParameters">
    <element name="a:includeIOs"><ref name="tokens"/></element>
    <element name="a:excludeIOs"><ref name="tokens"/></element>
   </element>
  </optional>
  <element name="a:MsgQuery">
   <ref name="query"/>
   <element name="a:MessageNames"><ref name="tokens"/></element>
  </element>
  <element name="a:TAckQuery"><ref name="query"/></element>
 </element>
</define>
<define name="confirm">
 <element name="a:confirm">
  <element name="a:Origin"><ref name="origin"/></element>
  <element name="a:MsgHashValues"><ref name="bases"/></element>
  <element name="a:MsgRefValues"><ref name="tokens"/></element>
  <element name="a:TAckContents"><ref name="bases"/></element>
  <element name="a:TAckReferences"><ref name="tokens"/></element>
 </element>
</define>
<start><choice><ref name="post"/><ref name="get"/><ref name="confirm"/></choice></start>
</grammar>
"""
"""Post, query and confirmation."""
