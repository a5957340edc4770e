"""Our own compact schema of ``EncryptedKnownContent``, in RELAX NG (D4).

It is narrower than the official one: exactly what we write.
Source: *MyCareNet transport* 6.1.
"""

from __future__ import annotations

from typing import Final

KNOWN_CONTENT: Final = """
<grammar xmlns="http://relaxng.org/ns/structure/1.0"
 datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes"
 xmlns:e="urn:be:cin:encrypted">
<define name="base64"><data type="base64Binary"/></define>
<start>
 <element name="e:EncryptedKnownContent">
  <optional><element name="e:Reply-to-Etk"><ref name="base64"/></element></optional>
  <element name="e:BusinessContent">
   <attribute name="id"><data type="ID"/></attribute>
   <attribute name="ContentType">
    <data type="token"><param name="minLength">1</param></data>
   </attribute>
   <attribute name="ContentEncoding">
    <choice><value type="string">none</value><value type="string">deflate</value></choice>
   </attribute>
   <ref name="base64"/>
  </element>
  <optional><element name="e:Xades"><ref name="base64"/></element></optional>
 </element>
</start>
</grammar>
"""
"""The element that is sealed."""
