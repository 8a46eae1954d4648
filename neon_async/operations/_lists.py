"""Operations that return the organization's lists."""

from __future__ import annotations

from types import GenericAlias
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import attrs

from neon_async._wire.converter import structure_wrapped
from neon_async._wire.spelling import spell_text
from neon_async.errors import InvalidRequestError
from neon_async.models import CodeName, Component, CustomField, IdName
from neon_async.operations._base import Effect, Operation
from neon_async.operations._validation import validate

if TYPE_CHECKING:
    from neon_async._wire.form import Pairs

T = TypeVar("T")


@attrs.frozen
class ListOperation(Operation[tuple[T, ...]]):
    """A read without parameters that returns a whole list."""

    effect = Effect.READ
    entry: ClassVar[type[Any]]
    wrapper: ClassVar[str]
    item: ClassVar[str]

    @property
    def reply(self) -> Any:
        """A tuple of the list's entries."""
        return GenericAlias(tuple, (self.entry, ...))

    def params(self) -> Pairs:
        return []

    def parse(self, payload: dict[str, Any]) -> tuple[T, ...]:
        return tuple(structure_wrapped(payload, self.wrapper, self.item, self.entry, self.name))


@attrs.frozen
class ListPrefixes(ListOperation[str]):
    """The prefixes that a contact can have, such as `"Mrs."`."""

    path = "account/listPrefixes"
    # Plain text: a prefix has neither id nor code (schema).
    entry: ClassVar[type[Any]] = str
    wrapper: ClassVar[str] = "prefixes"
    item: ClassVar[str] = "prefix"


@attrs.frozen
class ListGenders(ListOperation[CodeName]):
    """The genders."""

    path = "account/listGenders"
    entry: ClassVar[type[Any]] = CodeName
    wrapper: ClassVar[str] = "genders"
    item: ClassVar[str] = "gender"


@attrs.frozen
class ListStates(ListOperation[CodeName]):
    """The states, Canadian provinces among them."""

    path = "account/listStates"
    entry: ClassVar[type[Any]] = CodeName
    wrapper: ClassVar[str] = "states"
    item: ClassVar[str] = "state"


@attrs.frozen
class ListCountries(ListOperation[IdName]):
    """The countries."""

    path = "account/listCountries"
    entry: ClassVar[type[Any]] = IdName
    wrapper: ClassVar[str] = "countries"
    item: ClassVar[str] = "country"


@attrs.frozen
class ListAddressTypes(ListOperation[IdName]):
    """The types of address."""

    path = "account/listAddressTypes"
    entry: ClassVar[type[Any]] = IdName
    wrapper: ClassVar[str] = "addressTypes"
    item: ClassVar[str] = "addressType"


@attrs.frozen
class ListSources(ListOperation[IdName]):
    """The sources that an account can come from."""

    path = "account/listSources"
    entry: ClassVar[type[Any]] = IdName
    wrapper: ClassVar[str] = "sources"
    item: ClassVar[str] = "source"


@attrs.frozen
class ListIndividualTypes(ListOperation[IdName]):
    """The types of individual account."""

    path = "account/listIndividualTypes"
    entry: ClassVar[type[Any]] = IdName
    wrapper: ClassVar[str] = "individualTypes"
    item: ClassVar[str] = "individualType"


@attrs.frozen
class ListOrganizationTypes(ListOperation[IdName]):
    """The types of organization account."""

    path = "account/listOrganizationTypes"
    entry: ClassVar[type[Any]] = IdName
    wrapper: ClassVar[str] = "organizationTypes"
    item: ClassVar[str] = "organizationType"


@attrs.frozen
class ListCustomFields(ListOperation[CustomField]):
    """The custom fields of one component.

    Attributes:
        component: a `Component`, or its name in any case.
    """

    path = "common/listCustomFields"
    entry: ClassVar[type[Any]] = CustomField
    wrapper: ClassVar[str] = "customFields"
    item: ClassVar[str] = "customField"

    component: Component | str

    def params(self) -> Pairs:
        """Return the component.

        Raises:
            InvalidRequestError: it is missing.
        """
        name = "searchCriteria.component"
        component = validate(spell_text, self.component, name, self.name)
        if not component.strip():
            raise InvalidRequestError("a value is required", parameter=name, operation=self.name)
        # Requests are documented with `Account`; newer replies have `ACCOUNT`.
        is_known = component.upper() in Component.__members__
        return [(name, component.capitalize() if is_known else component)]
