"""Our own compact schema of the medical-administrative messages, in RELAX NG (D4).

It is narrower than the official one: exactly what we write, with the message name that goes with
each content.
A nurse's reference has no blanks around it, since reading takes them away.
A backslash is not among its characters: *Nursing messages* 3 lists it, but in the official pattern
it only escapes the full stop.
Source: *Nursing messages* 2 to 7.
"""

from __future__ import annotations

from typing import Final

_HEAD: Final = """
<grammar xmlns="http://relaxng.org/ns/structure/1.0"
 datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes"
 ns="urn:be:cin:mycarenet:1.0:carenet:types"
 xmlns:xml="http://www.w3.org/XML/1998/namespace">
"""

_LEAVES: Final = r"""
<define name="digits-12"><data type="string"><param name="pattern">[0-9]{12}</param></data></define>
<define name="day">
 <data type="date"><param name="pattern">[0-9]{4}-[0-9]{2}-[0-9]{2}</param></data>
</define>
<define name="truth">
 <choice><value type="string">true</value><value type="string">false</value></choice>
</define>
<define name="reference-14">
 <data type="string"><param name="pattern">[0-9]{1,14}</param></data>
</define>
<define name="reference-15">
 <data type="string"><param name="minLength">15</param><param name="maxLength">15</param></data>
</define>
<define name="text-25">
 <data type="string">
  <param name="maxLength">25</param>
  <param name="pattern">[\s\S]*\S[\s\S]*</param>
 </data>
</define>
<define name="text-150">
 <data type="string">
  <param name="maxLength">150</param>
  <param name="pattern">[\s\S]*\S[\s\S]*</param>
 </data>
</define>
<define name="words">
 <data type="string"><param name="pattern">[\s\S]*\S[\s\S]*</param></data>
</define>
<define name="message">
 <element name="Message">
  <optional>
   <attribute name="xml:lang">
    <data type="string"><param name="pattern">[a-z]{2}(-[A-Z]{2})?</param></data>
   </attribute>
  </optional>
  <data type="string"/>
 </element>
</define>
"""

_HEADER: Final = """
<define name="header">
 <attribute name="Version">
  <data type="string"><param name="pattern">[0-9]{2}</param></data>
 </attribute>
 <attribute name="Duplicate"><ref name="truth"/></attribute>
 <attribute name="TestFlag"><ref name="truth"/></attribute>
 <attribute name="SenderReference"><ref name="reference-14"/></attribute>
 <optional><attribute name="ReceiverReference"><ref name="reference-14"/></attribute></optional>
 <attribute name="Synchronous"><ref name="truth"/></attribute>
</define>
"""

_PATIENT: Final = r"""
<define name="inss">
 <element name="Inss"><data type="string"><param name="pattern">[0-9]{11}</param></data></element>
</define>
<define name="membership">
 <element name="RegNrWithMut">
  <data type="string">
   <param name="maxLength">13</param>
   <param name="pattern">[\s\S]*\S[\s\S]*</param>
  </data>
 </element>
</define>
<define name="mutuality">
 <element name="Mutuality">
  <data type="string"><param name="pattern">[1-69][0-9]{2}</param></data>
 </element>
</define>
<define name="sex">
 <element name="Sex">
  <choice><value type="string">male</value><value type="string">female</value></choice>
 </element>
</define>
<define name="care-receiver-id">
 <element name="CareReceiverId">
  <optional><ref name="inss"/></optional>
  <optional><ref name="membership"/></optional>
  <ref name="mutuality"/>
  <ref name="sex"/>
 </element>
</define>
<define name="care-receiver-detail">
 <element name="CareReceiverDetail">
  <optional><ref name="inss"/></optional>
  <optional><element name="FirstName"><ref name="words"/></element></optional>
  <optional><element name="LastName"><ref name="words"/></element></optional>
  <optional><element name="Birthday"><ref name="day"/></element></optional>
  <optional><element name="Deceased"><ref name="day"/></element></optional>
  <optional><ref name="sex"/></optional>
  <optional><ref name="membership"/></optional>
  <optional><ref name="mutuality"/></optional>
 </element>
</define>
"""

_PARTS: Final = r"""
<define name="period-start">
 <optional><element name="PeriodStart"><ref name="day"/></element></optional>
</define>
<define name="period-end"><element name="PeriodEnd"><ref name="day"/></element></define>
<define name="limits">
 <element name="TreatmentPeriod">
  <ref name="period-start"/>
  <optional><ref name="period-end"/></optional>
 </element>
</define>
<define name="period">
 <element name="TreatmentPeriod">
  <ref name="period-start"/>
  <optional>
   <choice>
    <ref name="period-end"/>
    <element name="PeriodLength">
     <attribute name="type">
      <choice><value type="string">weeks</value><value type="string">months</value></choice>
     </attribute>
     <data type="string"><param name="pattern">[0-9]{1,2}</param></data>
    </element>
   </choice>
  </optional>
 </element>
</define>
<define name="consultant">
 <optional><element name="ConsultantDoctor"><ref name="digits-12"/></element></optional>
</define>
<define name="decision">
 <element name="Decision">
  <attribute name="result">
   <choice>
    <value type="string">agreement</value>
    <value type="string">partialAgreement</value>
    <value type="string">onlyMedicalAgreement</value>
    <value type="string">onlyMedicalAgreementWithoutSmallRisks</value>
    <value type="string">rejection</value>
   </choice>
  </attribute>
  <element name="Reference"><ref name="reference-15"/></element>
  <optional>
   <element name="Reason">
    <data type="string"><param name="minLength">3</param><param name="maxLength">3</param></data>
   </element>
  </optional>
  <optional><element name="Justification"><ref name="text-150"/></element></optional>
 </element>
</define>
<define name="fault">
 <element name="MessageFault">
  <element name="FaultCode">
   <choice>
    <value type="string">INPUT_ERROR</value>
    <value type="string">NO_IO_ERROR</value>
    <value type="string">MULTIIO_ERROR</value>
   </choice>
  </element>
  <element name="FaultSource"><ref name="words"/></element>
  <optional>
   <element name="MultiIO">
    <ref name="io"/>
    <ref name="io"/>
    <optional><ref name="io"/></optional>
   </element>
  </optional>
  <ref name="message"/>
  <element name="Details">
   <zeroOrMore>
    <element name="Detail">
     <element name="DetailCode"><ref name="words"/></element>
     <optional><element name="Location"><ref name="words"/></element></optional>
     <optional><ref name="message"/></optional>
    </element>
   </zeroOrMore>
  </element>
 </element>
</define>
<define name="io">
 <element name="IO"><data type="string"><param name="pattern">[1-69]</param></data></element>
</define>
<define name="nurse-reference">
 <element name="NurseReference"><data type="string">
  <param name="pattern">[0-9A-ZÖËÜ'.*+,\-/:;=?()\]\[&lt;&gt; ]{1,15}</param>
  <param name="pattern">\S(.*\S)?</param>
 </data></element>
</define>
<define name="nurse-and-requester">
 <ref name="nurse-reference"/>
 <element name="Requester"><ref name="digits-12"/></element>
</define>
"""

_CONTRACTUAL: Final = """
<define name="palliative-patient">
 <optional><element name="PaliatifPatient"><ref name="truth"/></element></optional>
</define>
<define name="katz">
 <element name="Katz">
  <element name="KatzScore">
   <data type="string"><param name="pattern">[1-4]( [1-4]){5}</param></data>
  </element>
  <element name="ContinenceDetails"><ref name="truth"/></element>
  <optional>
   <element name="Dementia">
    <attribute name="type">
     <choice>
      <value type="string">light</value>
      <value type="string">medium</value>
      <value type="string">serious</value>
     </choice>
    </attribute>
    <optional><element name="Doctor"><ref name="digits-12"/></element></optional>
   </element>
  </optional>
  <optional><element name="Prescripter"><ref name="digits-12"/></element></optional>
 </element>
</define>
<define name="contractual-care">
 <optional><element name="DecisionReference"><ref name="reference-15"/></element></optional>
 <optional><element name="ReferenceProviderModification"><ref name="truth"/></element></optional>
 <optional>
  <element name="ContractualType">
   <choice>
    <value type="string">A</value>
    <value type="string">B</value>
    <value type="string">C</value>
    <value type="string">toilet</value>
    <value type="string">nomenclature</value>
   </choice>
  </element>
 </optional>
 <ref name="period"/>
 <optional>
  <element name="CareDaysByWeek">
   <data type="string"><param name="pattern">[0-7]</param></data>
  </element>
 </optional>
 <optional>
  <element name="VisitByDay">
   <data type="string"><param name="pattern">[0-2]</param></data>
  </element>
 </optional>
 <optional>
  <element name="Toilets">
   <optional>
    <attribute name="Frequency">
     <choice><value type="string">day</value><value type="string">week</value></choice>
    </attribute>
   </optional>
   <data type="string"><param name="pattern">[0-7]?</param></data>
  </element>
 </optional>
 <optional><ref name="katz"/></optional>
 <optional>
  <element name="CarePlace">
   <element name="CarePlaceName"><ref name="text-25"/></element>
   <element name="CarePlaceAdress"><ref name="text-25"/></element>
   <element name="CarePlacePostalCode">
    <data type="string"><param name="pattern">[0-9]{4}</param></data>
   </element>
  </element>
 </optional>
</define>
<define name="contractual-detail">
 <element name="NurseContractualCareRequestDetail">
  <attribute name="type">
   <choice><value type="string">new</value><value type="string">close</value></choice>
  </attribute>
  <ref name="nurse-and-requester"/>
  <element name="ContractualCareDetail"><ref name="contractual-care"/></element>
 </element>
</define>
<define name="contractual-request">
 <element name="SingleNurseContractualCareRequest">
  <attribute name="MessageName">
   <choice><value type="string">M410000</value><value type="string">M410001</value></choice>
  </attribute>
  <ref name="header"/>
  <ref name="care-receiver-id"/>
  <ref name="contractual-detail"/>
 </element>
</define>
<define name="contractual-answer">
 <element name="SingleNurseContractualCareResponse">
  <choice>
   <group>
    <attribute name="MessageName"><value type="string">M410000ERR</value></attribute>
    <ref name="header"/>
    <ref name="care-receiver-id"/>
    <ref name="fault"/>
   </group>
   <group>
    <attribute name="MessageName">
     <choice><value type="string">M410900</value><value type="string">M410999</value></choice>
    </attribute>
    <ref name="header"/>
    <ref name="care-receiver-detail"/>
    <element name="NurseContractualCareResponseDetail">
     <ref name="consultant"/>
     <ref name="decision"/>
     <optional><ref name="limits"/></optional>
     <ref name="palliative-patient"/>
    </element>
   </group>
  </choice>
  <ref name="contractual-detail"/>
 </element>
</define>
<define name="contractual-update">
 <element name="SingleNurseContractualCareUpdate">
  <attribute name="MessageName"><value type="string">M410908</value></attribute>
  <ref name="header"/>
  <ref name="care-receiver-detail"/>
  <element name="NurseContractualCareUpdateDetail">
   <attribute name="type">
    <choice>
     <value type="string">visit</value>
     <value type="string">agreementClosure</value>
     <value type="string">newProvider</value>
     <value type="string">decisionModification</value>
    </choice>
   </attribute>
   <element name="ConsultantDoctor"><ref name="digits-12"/></element>
   <element name="Provider"><ref name="digits-12"/></element>
   <optional><element name="VisitDate"><ref name="day"/></element></optional>
   <element name="newValue"><ref name="contractual-care"/></element>
   <ref name="palliative-patient"/>
  </element>
  <element name="NurseContractualCarePreviousDetail"><ref name="contractual-care"/></element>
 </element>
</define>
"""

_PALLIATIVE: Final = """
<define name="palliative-detail">
 <element name="PalliativeCareDetail">
  <ref name="nurse-and-requester"/>
  <element name="PeriodStart"><ref name="day"/></element>
  <element name="Group">
   <element name="Responsible"><ref name="digits-12"/></element>
   <optional><element name="ThirdPartyPayer"><ref name="digits-12"/></element></optional>
  </element>
  <element name="UsualDoctor"><ref name="digits-12"/></element>
  <element name="CareProvider">
   <optional><element name="Nurse"><ref name="digits-12"/></element></optional>
   <optional><element name="MultidisciplinaryTeam"><ref name="digits-12"/></element></optional>
  </element>
 </element>
</define>
<define name="palliative-request">
 <element name="SinglePalliativeCareRequest">
  <attribute name="MessageName">
   <choice><value type="string">M420000</value><value type="string">M420001</value></choice>
  </attribute>
  <ref name="header"/>
  <ref name="care-receiver-id"/>
  <ref name="palliative-detail"/>
 </element>
</define>
<define name="palliative-answer">
 <element name="SinglePalliativeCareResponse">
  <choice>
   <group>
    <attribute name="MessageName"><value type="string">M420000ERR</value></attribute>
    <ref name="header"/>
    <ref name="care-receiver-id"/>
    <ref name="fault"/>
   </group>
   <group>
    <attribute name="MessageName">
     <choice><value type="string">M420900</value><value type="string">M420999</value></choice>
    </attribute>
    <ref name="header"/>
    <ref name="care-receiver-detail"/>
    <element name="PalliativeCareResponseDetail">
     <ref name="consultant"/>
     <ref name="decision"/>
     <optional><element name="InvoiceStartDate"><ref name="day"/></element></optional>
    </element>
   </group>
  </choice>
  <ref name="palliative-detail"/>
 </element>
</define>
"""

_TECHNICAL: Final = r"""
<define name="technical-detail">
 <element name="SpecificTechnicalCareDetail">
  <attribute name="type">
   <choice>
    <value type="string">perfusion</value>
    <value type="string">parenteral</value>
    <value type="string">catheter</value>
   </choice>
  </attribute>
  <ref name="nurse-and-requester"/>
  <ref name="limits"/>
  <element name="Prescriber"><ref name="digits-12"/></element>
  <element name="AdministeredProduct">
   <data type="string">
    <param name="pattern">[0-9A-ZÖËÜ'.*+%,\-/:;=?()\]\[&lt;&gt; ]{1,150}</param>
    <param name="pattern">\S(.*\S)?</param>
   </data>
  </element>
 </element>
</define>
<define name="technical-request">
 <element name="SingleSpecificTechnicalCareRequest">
  <attribute name="MessageName"><value type="string">M430000</value></attribute>
  <ref name="header"/>
  <ref name="care-receiver-id"/>
  <ref name="technical-detail"/>
 </element>
</define>
<define name="technical-answer">
 <element name="SingleSpecificTechnicalCareResponse">
  <choice>
   <group>
    <attribute name="MessageName"><value type="string">M430000ERR</value></attribute>
    <ref name="header"/>
    <ref name="care-receiver-id"/>
    <ref name="technical-detail"/>
    <ref name="fault"/>
   </group>
   <group>
    <attribute name="MessageName"><value type="string">M430001</value></attribute>
    <ref name="header"/>
    <ref name="care-receiver-detail"/>
    <element name="SpecificTechnicalResponseCareDetail">
     <ref name="nurse-reference"/>
     <element name="MessageName"><value type="string">M430001</value></element>
    </element>
   </group>
  </choice>
 </element>
</define>
"""

_ROOTS: Final = """
<define name="request">
 <choice>
  <ref name="contractual-request"/>
  <ref name="palliative-request"/>
  <ref name="technical-request"/>
 </choice>
</define>
<define name="answer">
 <choice>
  <ref name="contractual-answer"/>
  <ref name="contractual-update"/>
  <ref name="palliative-answer"/>
  <ref name="technical-answer"/>
 </choice>
</define>
<start>
 <choice>
  <ref name="request"/>
  <ref name="answer"/>
  <element name="MedAdminRequestList"><oneOrMore><ref name="request"/></oneOrMore></element>
  <element name="MedAdminResponseList"><oneOrMore><ref name="answer"/></oneOrMore></element>
 </choice>
</start>
</grammar>
"""

MESSAGES: Final = (
    _HEAD + _LEAVES + _HEADER + _PATIENT + _PARTS + _CONTRACTUAL + _PALLIATIVE + _TECHNICAL + _ROOTS
)
"""Every message, alone or in a list."""
