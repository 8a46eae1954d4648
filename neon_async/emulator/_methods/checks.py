"""Checks that all account updates share: single values, pairs, types, login, consent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from neon_async.emulator._state.state import EmulatorState
from neon_async.emulator._wire.codes import TEXTS, RefusedError, malformed
from neon_async.emulator._wire.messages import Json, is_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neon_async.emulator._wire.messages import Fields

CONSENTS = (
    "emailConsentStatus",
    "phoneConsentStatus",
    "mailConsentStatus",
    "smsConsentStatus",
    "dataSharingConsentStatus",
)

CONSENT_VALUES = ("GIVEN", "DECLINED", "NOT_ASKED")


@attrs.frozen
class Codes:
    """The codes by which the two kinds of account differ."""

    gender: int
    address_type: int
    country: int
    state: int
    username_required: int
    username_taken: int
    password_required: int
    source: int
    field_required: int
    field_invalid: int
    value_required: int
    option_required: int
    option_invalid: int


INDIVIDUAL_CODES = Codes(
    gender=10007,
    address_type=10008,
    country=10009,
    state=10010,
    username_required=10011,
    username_taken=10012,
    password_required=10013,
    source=10014,
    field_required=10015,
    field_invalid=10016,
    value_required=10017,
    option_required=10018,
    option_invalid=10019,
)
ORGANIZATION_CODES = Codes(
    gender=10007,  # its page has no code for a gender
    address_type=10055,
    country=10057,
    state=10056,
    username_required=10060,
    username_taken=10061,
    password_required=10062,
    source=10063,
    field_required=10064,
    field_invalid=10065,
    value_required=10067,
    option_required=10068,
    option_invalid=10071,
)


@attrs.define
class Check:
    """The checks of one request, which collect every documented problem.

    Attributes:
        before: its record as it was, or an empty one.
        component: whose custom fields it may have.
    """

    state: EmulatorState
    codes: Codes
    account_id: int | None = None
    before: Json = attrs.field(factory=dict[str, Any], repr=False)
    problems: list[int] = attrs.field(factory=list[int])
    component: str = attrs.field(default="ACCOUNT", kw_only=True)

    def failed(self, code: int) -> None:
        """Note a problem, once."""
        if code not in self.problems:
            self.problems.append(code)

    def finish(self) -> None:
        """Refuse the request if there was any problem."""
        if self.problems:
            raise RefusedError([(code, TEXTS[code]) for code in self.problems])

    def pair(
        self, fields: Fields, name: str, entries: Sequence[Json], code: int, key: str = "id"
    ) -> Json | None:
        """Return the entry of a reference list that is named by its key, its name, or both."""
        key_text, called = fields.text(f"{name}{key}"), fields.text(f"{name}name")
        # Only the update page spells a name with a capital: addressType.Name.
        called = called or fields.text(f"{name}Name")
        if not key_text and not called:
            return None
        for entry in entries:
            fits = not called or entry["name"].casefold() == called.casefold()
            if fits and key_text in {"", entry[key]}:
                return dict(entry)
        self.failed(code)
        return None

    def login(self, fields: Fields) -> Json | None:
        """Return the login as it is stored, without the password."""
        username, password = fields.text("login.username"), fields.text("login.password")
        if not username and not password:
            # The update page deletes what is omitted; whether that holds for a login is unknown.
            return self.before.get("login") if self.state.quirks.keep_login else None
        if not username:
            self.failed(self.codes.username_required)
        elif not password:
            self.failed(self.codes.password_required)
        # Codes 10012 and 10061, "Login username is already exist."
        elif self._taken(username):
            self.failed(self.codes.username_taken)
        org_id = fields.text("login.orgId")
        # No password: replies never show one, and the emulator knows no login page.
        return {"username": username, **({"orgId": org_id} if org_id else {})}

    def _taken(self, username: str) -> bool:
        owner = self.state.owner_of_login(username)
        return owner is not None and owner != self.account_id


def put_texts(record: Json, fields: Fields, names: Sequence[str]) -> None:
    """Copy the texts that are not blank."""
    record |= {name: fields.text(name) for name in names if fields.text(name)}


def choice(fields: Fields, name: str, allowed: Sequence[str]) -> str:
    """Return one of the allowed values, or `""` when it was omitted or is blank."""
    value = fields.text(name)
    # Public clients send HOME back as they read it; the pages have Home. v1 is taken to accept any
    # case.
    if not fields.exact:
        value = {known.casefold(): known for known in allowed}.get(value.casefold(), value)
    if value and value not in allowed:
        raise malformed(f"{fields.prefix}{name} must be one of {', '.join(allowed)}.")
    return value


def flag(fields: Fields, name: str) -> bool:
    """Return a boolean, which is false when it was omitted or is blank."""
    return choice(fields, name, ("true", "false")) == "true"


def filled(fields: Fields, name: str, *, may_be_blank: bool = True) -> str:
    """Return a value that v1 refuses when it is blank, or `""` when it was omitted.

    Args:
        fields: the parameters.
        name: which of them.
        may_be_blank: whether a blank may keep a position in a repeated group.
    """
    value = fields.get(name)
    # A public client found that v1 refuses an empty date or phone type.
    if value == "" and not (may_be_blank and fields.placeholders):
        raise malformed(f"{fields.prefix}{name} must not be blank; leave it out.")
    return value or ""


def day(fields: Fields, name: str, *, may_be_blank: bool = True) -> str:
    """Return a date, or `""` when it was omitted or keeps a position."""
    value = filled(fields, name, may_be_blank=may_be_blank)
    if value and not is_date(value):
        raise malformed(f"{fields.prefix}{name} must be a date like 2014-01-10.")
    return value


def consent(fields: Fields) -> Json:
    """Return the consent information, with NOT_ASKED for omitted ones, as documented."""
    answers = fields.below("consentInformation.")
    # The pages' default: a consent that is not sent is reset.
    return {name: choice(answers, name, CONSENT_VALUES) or "NOT_ASKED" for name in CONSENTS}
