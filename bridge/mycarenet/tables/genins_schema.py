"""Our own compact schema of a list of GenericInsurability questions, in RELAX NG (D4).

It is narrower than the official one: exactly what we write.
Source: *Insurability* 2.1 and 2.3.
"""

from __future__ import annotations

from typing import Final

LIST: Final = """
<element name="b:GenericRequestList" xmlns="http://relaxng.org/ns/structure/1.0"
 datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes"
 xmlns:b="urn:be:cin:nip:async:business"
 xmlns:m="urn:be:cin:mycarenet:1.0:carenet:types">
 <attribute name="timestamp"><data type="dateTime"/></attribute>
 <oneOrMore>
  <element name="b:GenericRequest">
   <attribute name="recordInputReference">
    <data type="string"><param name="pattern">[0-9]{1,14}</param></data>
   </attribute>
   <element name="b:CareReceiver">
    <choice>
     <element name="m:Inss">
      <data type="string"><param name="pattern">[0-9]{11}</param></data>
     </element>
     <group>
      <element name="m:RegNrWithMut">
       <data type="string">
        <param name="minLength">1</param><param name="maxLength">13</param>
       </data>
      </element>
      <element name="m:Mutuality">
       <data type="string"><param name="pattern">[1-69][0-9]{2}</param></data>
      </element>
     </group>
    </choice>
   </element>
   <element name="b:insRequest">
    <element name="m:InsurabilityRequestType">
     <choice><value>information</value><value>invoicing</value></choice>
    </element>
    <element name="m:Period">
     <element name="m:PeriodStart"><data type="date"/></element>
     <element name="m:PeriodEnd"><data type="date"/></element>
    </element>
    <element name="m:InsurabilityContactType">
     <choice><value>ambulatory_care</value><value>hospitalized_elsewhere</value></choice>
    </element>
   </element>
  </element>
 </oneOrMore>
</element>
"""

SINGLE: Final = """
<element name="gi:Request" xmlns="http://relaxng.org/ns/structure/1.0"
 datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes"
 xmlns:gi="urn:be:fgov:ehealth:genericinsurability:protocol:v1"
 xmlns:m="urn:be:cin:mycarenet:1.0:carenet:types">
 <element name="m:CareReceiverId">
  <choice>
   <element name="m:Inss">
    <data type="string"><param name="pattern">[0-9]{11}</param></data>
   </element>
   <group>
    <element name="m:RegNrWithMut">
     <data type="string"><param name="minLength">1</param><param name="maxLength">13</param></data>
    </element>
    <element name="m:Mutuality">
     <data type="string"><param name="pattern">[1-69][0-9]{2}</param></data>
    </element>
   </group>
  </choice>
 </element>
 <element name="m:InsurabilityRequestDetail">
  <element name="m:InsurabilityRequestType">
   <choice><value>information</value><value>invoicing</value></choice>
  </element>
  <element name="m:Period">
   <element name="m:PeriodStart"><data type="date"/></element>
   <element name="m:PeriodEnd"><data type="date"/></element>
  </element>
  <element name="m:InsurabilityContactType">
   <choice><value>ambulatory_care</value><value>hospitalized_elsewhere</value></choice>
  </element>
 </element>
</element>
"""
"""The ``Request`` of one question, before its namespace becomes the service's own."""
