"""The reference lists that an emulated organization starts with."""

from __future__ import annotations

from typing import Any, TypeAlias

import attrs

from neon_async.emulator._state.sample_data import ACTIVITY_STATUSES, CAMPAIGNS, FUNDS, PURPOSES

Entry: TypeAlias = dict[str, str]

OPTION_TYPES = frozenset({"CHECKBOX", "DROPDOWN", "RADIO"})
"""Data types of custom fields that hold options and not a text."""

MULTIPLE_TYPES = frozenset({"CHECKBOX"})
"""Data types of custom fields that can hold several options at once."""


def _named(*pairs: tuple[int, str]) -> list[Entry]:
    return [{"id": str(number), "name": name} for number, name in pairs]


def _coded(codes: str) -> list[Entry]:
    pairs = (line.split(None, 1) for line in codes.strip().splitlines())
    return [{"code": code, "name": name} for code, name in pairs]


def _field(
    number: int, name: str, kind: str, *options: tuple[int, str], component: str = "ACCOUNT"
) -> dict[str, Any]:
    return {
        "fieldId": number,
        "fieldName": name,
        "dataType": kind,
        "component": component,
        "fieldOptions": {"fieldOption": _named(*options)},
    }


def _custom_fields() -> list[dict[str, Any]]:
    return [
        _field(22, "Nickname of the household", "ONE_LINE_TEXT"),
        _field(23, "Remarks", "MULTI_LINE_TEXT"),
        _field(24, "Member number", "ONE_LINE_TEXT"),
        _field(45, "T-shirt size", "DROPDOWN", (46, "S"), (47, "M"), (48, "L")),
        _field(50, "Newsletter", "RADIO", (51, "Weekly"), (52, "Monthly")),
        _field(53, "Interests", "CHECKBOX", (15, "Music"), (16, "Nature"), (17, "Sports")),
        _field(60, "Allergies", "ONE_LINE_TEXT", component="INDIVIDUAL"),
        _field(61, "Industry", "DROPDOWN", (62, "Arts"), (63, "Health"), component="ORGANIZATION"),
        _field(70, "Outcome", "RADIO", (71, "Good"), (72, "Bad"), component="ACTIVITY"),
        _field(73, "Next step", "MULTI_LINE_TEXT", component="ACTIVITY"),
        _field(80, "In honor of", "ONE_LINE_TEXT", component="DONATION"),
        _field(81, "Dress code", "ONE_LINE_TEXT", component="EVENT"),
        _field(82, "Card sent", "CHECKBOX", (83, "Yes"), component="MEMBERSHIP"),
    ]


_STATES = """
AL Alabama
AK Alaska
AZ Arizona
AR Arkansas
CA California
CO Colorado
CT Connecticut
DE Delaware
DC District of Columbia
FL Florida
GA Georgia
HI Hawaii
ID Idaho
IL Illinois
IN Indiana
IA Iowa
KS Kansas
KY Kentucky
LA Louisiana
ME Maine
MD Maryland
MA Massachusetts
MI Michigan
MN Minnesota
MS Mississippi
MO Missouri
MT Montana
NE Nebraska
NV Nevada
NH New Hampshire
NJ New Jersey
NM New Mexico
NY New York
NC North Carolina
ND North Dakota
OH Ohio
OK Oklahoma
OR Oregon
PA Pennsylvania
RI Rhode Island
SC South Carolina
SD South Dakota
TN Tennessee
TX Texas
UT Utah
VT Vermont
VA Virginia
WA Washington
WV West Virginia
WI Wisconsin
WY Wyoming
AB Alberta
BC British Columbia
MB Manitoba
NB New Brunswick
NL Newfoundland and Labrador
NS Nova Scotia
ON Ontario
PE Prince Edward Island
QC Quebec
SK Saskatchewan
"""

_COUNTRIES = (
    (1, "United States of America"),
    (2, "Canada"),
    (14, "Austria"),
    (30, "Brazil"),
    (57, "Denmark"),
    (72, "Finland"),
    (73, "France"),
    (80, "Germany"),
    (99, "India"),
    (102, "Iraq"),
    (103, "Ireland"),
    (105, "Italy"),
    (107, "Japan"),
    (117, "Lebanon"),
    (138, "Mexico"),
    (153, "New Zealand"),
    (160, "Norway"),
    (195, "Spain"),
    (205, "Sweden"),
    (222, "United Kingdom"),
)


@attrs.define(kw_only=True)
class ReferenceLists:
    """What the `list…` methods answer, and what updates are checked against.

    The lists belong to one emulator and may be changed in place.
    """

    prefixes: list[str] = attrs.Factory(lambda: ["Mr.", "Mrs.", "Ms.", "Mx.", "Dr.", "Prof."])
    genders: list[Entry] = attrs.Factory(lambda: _coded("F Female\nM Male\nX Unspecified"))
    states: list[Entry] = attrs.Factory(lambda: _coded(_STATES))
    countries: list[Entry] = attrs.Factory(lambda: _named(*_COUNTRIES))
    address_types: list[Entry] = attrs.Factory(
        lambda: _named((1, "Home"), (2, "Work"), (3, "Seasonal"), (4, "Billing"))
    )
    sources: list[Entry] = attrs.Factory(
        lambda: _named((1, "Website"), (2, "Direct mail"), (3, "Event"), (4, "Referral"))
    )
    individual_types: list[Entry] = attrs.Factory(
        lambda: _named((1, "Donor"), (2, "Volunteer"), (3, "Member"), (4, "Board member"))
    )
    organization_types: list[Entry] = attrs.Factory(
        lambda: _named((1, "Foundation"), (2, "Company"), (3, "School"), (4, "Sponsor"))
    )
    activity_statuses: list[Entry] = attrs.Factory(
        lambda: [dict(entry) for entry in ACTIVITY_STATUSES]
    )
    campaigns: list[Entry] = attrs.Factory(lambda: [dict(entry) for entry in CAMPAIGNS])
    funds: list[Entry] = attrs.Factory(lambda: [dict(entry) for entry in FUNDS])
    purposes: list[Entry] = attrs.Factory(lambda: [dict(entry) for entry in PURPOSES])
    custom_fields: list[dict[str, Any]] = attrs.Factory(_custom_fields)
