"""Rolls as CTF files, and schools as the national register (GIAS) writes them."""

from textwrap import dedent

import pytest

from consent.roll.importing import ImportOptions, import_roll
from privacy_portal.ground.faults import BadInputError
from tests.example import NOON, TWIN, UPN

GIAS_HEAD = (
    '"URN","LA (code)","LA (name)","EstablishmentNumber","EstablishmentName",'
    '"EstablishmentStatus (code)","EstablishmentStatus (name)","CloseDate","Easting"'
)
CTF_PUPIL = f"""
    <Pupil>
      <UPN>{UPN}</UPN>
      <Surname>Barlow</Surname>
      <Forename>Ella</Forename>
      <DOB>2012-05-05</DOB>
      <Sex>F</Sex>
      <BasicDetails>
        <FormerUPN>{TWIN}</FormerUPN>
        <NCyearActual>9</NCyearActual>
        <Languages><Type><LanguageType>H</LanguageType><Language>POL</Language></Type></Languages>
        <MedicalFlag>true</MedicalFlag>
      </BasicDetails>
      <Address>
        <BS7666Address>
          <PAON>12</PAON>
          <Street>Mill Lane</Street>
          <Town>Wigan</Town>
          <UniquePropertyReferenceNumber>100010</UniquePropertyReferenceNumber>
        </BS7666Address>
        <PostCode>WN1 1AA</PostCode>
      </Address>
      <Contacts>
        <Contact><Order>2</Order><Surname>Khan</Surname><Forename>Ali</Forename>
          <Responsibility>true</Responsibility><Email>ali@example.org</Email>
          <Address><AddressLines><AddressLine1>3 High Street</AddressLine1></AddressLines></Address></Contact>
        <Contact><Order>1</Order><Surname>Barlow</Surname><Forename>Ben</Forename>
          <Responsibility>1</Responsibility></Contact>
        <Contact><Order>3</Order><Surname>Ogden</Surname><Forename>Granny</Forename>
          <Responsibility>false</Responsibility></Contact>
      </Contacts>
    </Pupil>
"""


def gias(*rows):
    """An extract as the register writes it: Windows-1252, CRLF."""
    return "\r\n".join([GIAS_HEAD, *rows, ""]).encode("cp1252")


def gias_row(
    urn="990001", number="4001", name="Example High School", status="1", closed="", la="359"
):
    return f'{urn},"{la}","Wigan",{number},"{name}","{status}","x","{closed}",1'


def ctf(pupils=CTF_PUPIL, *, before="", source="4001", to="LLLL"):
    return (
        dedent(f"""\
    <?xml version="1.0" encoding="UTF-8"?>
    {before}<CTfile>
      <Header>
        <DocumentName>Common Transfer File</DocumentName>
        <CTFversion>24.0</CTFversion>
        <SourceSchool><LEA>359</LEA><Estab>{source}</Estab></SourceSchool>
        <DestSchool><LEA>359</LEA><Estab>{to}</Estab></DestSchool>
      </Header>
      <CTFpupilData>
    """)
        + pupils
        + "</CTFpupilData></CTfile>\n"
    )


def leavers(to="XXXX", lea="XXX", pupils=CTF_PUPIL):
    """Return a CTF whose pupils have left for a school that nobody knows."""
    dest = "<DestSchool><LEA>359</LEA><Estab>LLLL</Estab></DestSchool>"
    return ctf(pupils).replace(
        dest, f"<DestSchool><LEA>{lea}</LEA><Estab>{to}</Estab></DestSchool>"
    )


def import_ctf(write, text, *, by=None, check_only=False, **options):
    return import_roll(
        write(text, "x.xml"), name="x.xml", by=by, at=NOON, check_only=check_only,
        options=ImportOptions(**options),
    )  # fmt: skip


def faults_of(write, text):
    with pytest.raises(BadInputError) as error:
        import_ctf(write, text)
    return error.value.sentences()
