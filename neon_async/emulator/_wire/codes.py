"""The error codes of v1 with their texts, and the exception that answers FAIL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SYSTEM_ERROR = 1

TEXTS = {
    1: "Unexpected system error.",
    2: "Service is not available.",
    3: "Session id is required.",
    4: "Session id is invalid.",
    5: "Permission denied.",
    # The login's codes are not documented for v1; these are the ones of v2.
    10: "API key is required.",
    12: "Organization id is required.",
    13: "API key is invalid.",
    14: "Organization id is invalid.",
    10001: "Contact first name is required.",
    10002: "Contact last name is required.",
    10003: "ExistingOrganizationId is invalid organization cannot be found.",
    10004: "Only one of the field can be provided existingOrganizationId or organizationName.",
    10005: "IndividualType id or name is required.",
    10006: "IndividualType id or name is invalid.",
    10007: "Contact gender code or name is invalid.",
    10008: "Address addressType id or name is invalid.",
    10009: "Address country id or name is invalid.",
    10010: "Address state id or name is invalid.",
    10011: "Login username is required.",
    10012: "Login username is already exist.",
    10013: "Login password is required.",
    10014: "Source id or name is invalid.",
    10015: "CustomField id is required.",
    10016: "CustomField id is invalid.",
    10017: "CustomField option value is required.",
    10018: "CustomField optionId is required.",
    10019: "CustomField optionId is invalid.",
    10020: "CustomField duplicated optionIds are found.",
    10021: "CustomField duplicated fieldIds are found.",
    10022: "IndividualType duplicated ids are found.",
    10023: "One and only one of the addresses can be primary address.",
    10024: "Contact id is required.",
    10025: "Contact id is invalid.",
    10030: "Individual account id is required.",
    10031: "Individual account id is invalid.",
    10036: "Address id is invalid",
    10037: "Address id is invalid given address id does not belong to this primary contact.",
    10050: "Organization name is required.",
    10051: "Organization type is required.",
    10052: "Available organization types cannot be found.",
    10053: "OrganizationType id is invalid.",
    10054: "Company contact id is invalid.",
    10055: "Address type is invalid.",
    10056: "Address state is invalid.",
    10057: "Address country is invalid.",
    10058: "Organization type name is invalid.",
    10059: "Organization type is invalid",
    10060: "Login username is required.",
    10061: "Login username is already exist.",
    10062: "Login password is required.",
    10063: "Source is invalid.",
    10064: "CustomField id is required.",
    10065: "CustomField id is invalid.",
    10067: "CustomField option value is required.",
    10068: "CustomField optionId is required.",
    10070: "Organization type is duplicated.",
    10071: "CustomField optionId is invalid.",
    10131: "Account ID is required",
    10132: "Account ID is invalid",
    10200: "Activity ID is required",
    10201: "Activity ID is invalid",
    10240: "Synchronized “from” date cannot be after synchronized “to” date.",
    10242: "Date range or activity id is required.",
}
"""The text of every code that the emulator can answer with."""


class RefusedError(Exception):
    """The request is answered with FAIL.

    Attributes:
        problems: the errors of the reply, each a code and its text.
    """

    def __init__(self, problems: Iterable[tuple[int, str]]) -> None:
        super().__init__()
        self.problems = tuple(problems)


def refused(code: int, text: str | None = None) -> RefusedError:
    """Return the refusal with one code, and with its documented text unless another is given."""
    return RefusedError([(code, TEXTS.get(code, "") if text is None else text)])


def malformed(text: str) -> RefusedError:
    """Return the refusal of a request that v1 has no code of its own for."""
    return refused(SYSTEM_ERROR, text)
