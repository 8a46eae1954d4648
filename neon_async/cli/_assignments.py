"""Fields of an account by their path, such as `primaryContact.addresses[76325].city`."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NoReturn

import attrs

from neon_async import (
    Account,
    Address,
    CodeName,
    ConsentInformation,
    CustomFieldData,
    IdName,
    IndividualAccount,
    InvalidRequestError,
    OrganizationAccount,
)
from neon_async.cli._paths import CONSENT, CUSTOM_FIELDS, ITEMS
from neon_async.models import Login, Model
from neon_async.warehouse.fields import Field, fields, snake

_STEP = re.compile(r"(\w+)(?:\[(\w+)\])?", re.ASCII)
_NEW = "new"


@attrs.frozen
class Step:
    """One name of a path, and the id of an element in brackets."""

    name: str
    key: str | None


@attrs.frozen
class Assignment:
    """A field and its new value, or None to clear it.

    Attributes:
        path: the path as it was given.
        steps: its steps, without the kind of account.
        adds: whether what it sets of a custom field is added to what was there.
    """

    path: str
    steps: tuple[Step, ...]
    text: str | None = attrs.field(repr=False)
    adds: bool = False

    @classmethod
    def parse(cls, path: str, text: str | None) -> "Assignment":
        """Take a path apart."""
        matches = [_STEP.fullmatch(part) for part in path.split(".")]
        steps = [Step(match[1], match[2]) for match in matches if match is not None]
        if len(steps) < len(matches):
            raise InvalidRequestError(
                "expected v1's JSON names with dots between, as in primaryContact.city",
                parameter=path,
            )
        # A blank deletes in v1 (page Update Individual Account): that has an option of its own.
        if text == "":
            raise InvalidRequestError(
                "expected a value; to delete the field, use --clear", parameter=path
            )
        if steps[0].name in {"individualAccount", "organizationAccount"}:
            del steps[0]
        assignment = cls(path, tuple(steps), text)
        # v1 sets a consent that is omitted to NOT_ASKED (page Update Individual Account).
        if text is None and assignment.concerns_consent:
            message = "a consent can't be cleared; --set it to NOT_ASKED, or use --reset-consents"
            raise InvalidRequestError(message, parameter=path)
        return assignment

    @classmethod
    def of_option(cls, option: str) -> "Assignment":
        """Take `path=value` apart."""
        path, sign, text = option.partition("=")
        if not (path and sign):
            raise InvalidRequestError("--set expects PATH=VALUE")
        return cls.parse(path, text)

    @property
    def full_path(self) -> str:
        """The path of what it sets, with the part of an object that its value is for."""
        return ".".join(
            step.name if step.key is None else f"{step.name}[{step.key}]" for step in self.steps
        )

    @property
    def concerns_consent(self) -> bool:
        """Whether it is a consent, which is no field of the account."""
        return self.steps[:1] == (Step(CONSENT, None),)

    @property
    def custom_field(self) -> str | None:
        """The id of the custom field that it concerns, if it does."""
        if not self.steps or self.steps[0].name != CUSTOM_FIELDS:
            return None
        return next((step.key for step in self.steps[:2] if step.key is not None), None)

    @property
    def sets_custom_field(self) -> str | None:
        """The id of the custom field that it sets, if it does."""
        return None if self.text is None else self.custom_field

    @property
    def is_bare_custom_field(self) -> bool:
        """Whether it sets a custom field, and leaves open whether to an option or to a text."""
        return self.sets_custom_field is not None and self.steps[-1].key is not None

    def at(self, leaf: str, text: str | None = None) -> "Assignment":
        """Return the assignment of a part of this object, to another text if one is given."""
        text = self.text if text is None else text
        return attrs.evolve(self, steps=(*self.steps, Step(leaf, None)), text=text)

    def apply_to_account(self, account: Account) -> None:
        """Put the value where it belongs, unless it is a consent.

        Raises:
            InvalidRequestError: there is no such field, or the value is not of its type.
        """
        if not self.concerns_consent:
            self.apply(account)

    def apply(self, target: Account | ConsentInformation) -> None:
        """Put the value where it belongs.

        Raises:
            InvalidRequestError: there is no such field, or the value is not of its type.
        """
        self._assign(target, self.steps[1:] if self.concerns_consent else self.steps)

    @property
    def clears(self) -> set[str]:
        """The names by which an edit's `allow_clear` allows for it."""
        if self.text is not None:
            return set()
        keys = [step.key for step in self.steps if step.key is not None]
        path = ".".join(step.name for step in self.steps)
        for item, wrapper in ITEMS.items():
            path = re.sub(rf"\b{item}(\.{wrapper})?\b", f"{item}.{wrapper}", path)
        # An entry goes by either half, and one page spells one of them with a capital.
        halves = ("", ".id", ".code", ".name", ".Id", ".Code", ".Name", ".addressId", ".fieldId")
        names = {path + half for half in halves}
        return {f"{name}={key}" for name in names for key in keys} if keys else names

    def _assign(self, model: Any, steps: Sequence[Step]) -> None:  # noqa: ANN401 - any model
        if not steps:
            self._refuse("this is an object; name one of its fields")
        step, *rest = steps
        field = fields(model.__class__).get(step.name)
        if field is None:
            # Behind a step, a whole path would not help: only its own names fit there.
            places = _PLACES if step == self.steps[0] else {}
            self._refuse(_unknown(step.name, fields(model.__class__), places))
        kind = field.kind
        if field.item is not None:
            self._assign_in_list(model, field, steps)
        elif step.key is not None:
            self._refuse(f"{step.name!r} is not a list")
        elif issubclass(kind, IdName | CodeName):
            setattr(model, field.attribute, self._pair(kind, rest))
        # v1 takes a user name only with its password (codes 10011 and 10013).
        elif issubclass(kind, Login):
            self._refuse("a password would stay in the shell's history")
        elif issubclass(kind, Model):
            inner = getattr(model, field.attribute) or kind()
            self._assign(inner, rest)
            setattr(model, field.attribute, inner)
        elif rest:
            self._refuse(f"{step.name!r} has no fields")
        else:
            setattr(model, field.attribute, self._value(kind))

    def _assign_in_list(self, model: Any, field: Field, steps: Sequence[Step]) -> None:  # noqa: ANN401
        step, *rest = steps
        # v1's own paths repeat the wrapper: addresses.address.
        if step.key is None and rest and rest[0].name == field.item:
            step, *rest = rest
        elements: list[Any] = getattr(model, field.attribute) or []
        if field.kind is IdName:
            if step.key is not None or rest:
                self._refuse("expected the whole list, as ids with commas between")
            ids = (self.text or "").split(",")
            elements = [IdName(option_id.strip()) for option_id in ids if option_id.strip()]
        elif step.key is None:
            self._refuse(f"{step.name!r} needs the id of an element in brackets")
        elif field.kind is CustomFieldData:
            elements = self._custom_fields(elements, step.key, rest)
        else:
            elements = self._addresses(elements, step.key, rest)
        setattr(model, field.attribute, elements)

    def _addresses(self, addresses: list[Address], key: str, rest: list[Step]) -> list[Address]:
        matching = [address for address in addresses if str(address.address_id or _NEW) == key]
        if not matching and key == _NEW and self.text is not None:
            matching = [Address()]
            addresses = [*addresses, *matching]
        if not matching:
            self._refuse("the account has no address with this id")
        if self.text is None and not rest:
            return [address for address in addresses if address not in matching]
        self._assign(matching[0], rest)
        return addresses

    def _custom_fields(
        self, fields: list[CustomFieldData], key: str, rest: list[Step]
    ) -> list[CustomFieldData]:
        mine = [data for data in fields if data.field_id == key]
        others = [data for data in fields if data.field_id != key or self.adds]
        if self.text is None:
            return others
        entry = CustomFieldData(field_id=key)
        # Where the organization's fields could not be read, the account shows which have options.
        leaf = "fieldOptionId" if any(data.field_option_id for data in mine) else "fieldValue"
        self._assign(entry, rest or [Step(leaf, None)])
        return [*others, entry]

    def _pair(self, kind: type[Any], rest: list[Step]) -> IdName | CodeName | None:
        names = [*fields(kind)]
        half = rest[0].name if rest else names[0]
        if half not in names or rest[1:]:
            self._refuse(f"expected one of its fields: {', '.join(names)}")
        return None if self.text is None else kind(**{half: self.text})

    def _value(self, kind: type[Any]) -> object:
        text = self.text
        if text is None or kind is str:
            return text
        expected, value = _read(kind, text)
        if value is None:
            self._refuse(f"expected {expected}")
        return value

    def _refuse(self, message: str) -> NoReturn:
        raise InvalidRequestError(message, parameter=self.path)


def _places(cls: type[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the names of fields inside of others, each with its path."""
    for field in fields(cls).values():
        path = f"{prefix}{field.name}"
        if prefix:
            yield field.name, path
        is_leaf = field.item is not None or issubclass(field.kind, IdName | CodeName | Login)
        if not is_leaf and issubclass(field.kind, Model):
            yield from _places(field.kind, f"{path}.")


_PLACES = dict([*_places(OrganizationAccount), *_places(IndividualAccount)])
_SPELLINGS = {snake(name): name for name in _PLACES}


def _unknown(name: str, known: Iterable[str], places: Mapping[str, str]) -> str:
    spelled = _SPELLINGS.get(name, name)
    close = difflib.get_close_matches(name, known, 1)
    if spelled in places:
        close = [places[spelled]]
    elif not close:
        close = [places[match] for match in difflib.get_close_matches(name, places, 1)]
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"unknown field {name!r}{hint}"


def check_fields(assignments: Iterable[Assignment]) -> None:
    """Check, before anything is sent, that an account of some kind has these fields.

    Raises:
        InvalidRequestError: none has, or a value is not of its field's type.
    """
    # Only the account itself shows which ids may stand in brackets.
    plain = [option for option in assignments if all(step.key is None for step in option.steps)]
    for assignment in plain:
        try:
            assignment.apply_to_account(IndividualAccount())
        except InvalidRequestError:
            assignment.apply_to_account(OrganizationAccount())


def consents(assignments: Iterable[Assignment]) -> ConsentInformation | None:
    """Return the consents that are to be set, if any.

    Raises:
        InvalidRequestError: there is no such consent, or no such answer.
    """
    consent = ConsentInformation()
    concerned = [assignment for assignment in assignments if assignment.concerns_consent]
    for assignment in concerned:
        assignment.apply(consent)
    return consent if concerned else None


def _read(kind: type[Any], text: str) -> tuple[str, object]:
    """Return what is expected of a value, and the value unless it is not that."""
    if kind is bool:
        return "true or false", {"true": True, "false": False}.get(text.lower())
    if kind is int:
        return "a whole number", int(text) if text.isdecimal() else None
    if issubclass(kind, StrEnum):
        return f"one of {', '.join(kind)}", next(
            (member for member in kind if member == text.upper()), None
        )
    if issubclass(kind, datetime):
        return "a field that can be set; v1 sets this one", None
    try:
        return "", date.fromisoformat(text)
    except ValueError:
        return "a date such as 2014-01-10", None
