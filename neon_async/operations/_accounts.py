"""Operations on single accounts."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import attrs

from neon_async._wire.converter import structure_member
from neon_async._wire.flatten import ParameterSet, flatten
from neon_async._wire.spelling import spell_boolean, spell_id, spell_text
from neon_async._wire.unknown_fields import validate_no_unknown_fields
from neon_async.errors import (
    APIError,
    ErrorCode,
    HTTPStatusError,
    NeonError,
    NotFoundError,
)
from neon_async.models import (
    Account,
    ConsentInformation,
    Contact,
    IndividualAccount,
    MergeHistory,
    Model,
    OrganizationAccount,
)
from neon_async.operations import _account_validation, _parameters
from neon_async.operations._base import Effect, Operation
from neon_async.operations._identity import check_account_id
from neon_async.operations._validation import validate

if TYPE_CHECKING:
    from neon_async._wire.form import Pairs

T = TypeVar("T")
AccountT = TypeVar("AccountT", bound=Account)

# For a method that it does not know, v1 may answer with status 404, or with code 1.
_NO_SUCH_METHOD = 404


@attrs.frozen
class _ByAccountId(Operation[T]):
    """A read that takes one account id."""

    effect = Effect.READ
    member: ClassVar[str]

    account_id: int

    def params(self) -> Pairs:
        """Return the account id.

        Raises:
            InvalidRequestError: it is not a positive whole number.
        """
        # Code 10132 is on the page of the merge history. No code is known of the retrieve methods.
        name, code = "accountId", ErrorCode.ACCOUNT_ID_INVALID
        return [(name, validate(spell_id, self.account_id, name, self.name, code))]

    def parse(self, payload: dict[str, Any]) -> T:
        result: T = structure_member(payload, self.member, self.reply, self.name)
        return result


@attrs.frozen
class _RetrieveAccount(_ByAccountId[AccountT]):
    def parse(self, payload: dict[str, Any]) -> AccountT:
        """Return the account.

        Raises:
            ProtocolError: it is another account than the one asked for.
        """
        account = super().parse(payload)
        check_account_id(account, self.account_id, self.member, self.name)
        return account


@attrs.frozen
class RetrieveIndividualAccount(_RetrieveAccount[IndividualAccount]):
    """The complete account of a person."""

    path = "account/retrieveIndividualAccount"
    reply = IndividualAccount
    member: ClassVar[str] = "individualAccount"


@attrs.frozen
class RetrieveOrganizationAccount(_RetrieveAccount[OrganizationAccount]):
    """The complete account of an organization."""

    path = "account/retrieveOrganizationAccount"
    reply = OrganizationAccount
    member: ClassVar[str] = "organizationAccount"


@attrs.frozen
class RetrieveDuplicateMergeHistory(_ByAccountId[MergeHistory]):
    """Which accounts were merged into which.

    Reference page: Retrieve Duplicate Merge History, which says of itself that the method does
    not exist and that it is a specification only. The root key of the reply is accepted with and
    without `Response`.
    """

    path = "account/retrieveDuplicateMergeHistory"
    reply = MergeHistory
    member: ClassVar[str] = "mergeHistory"

    def explain(self, error: NeonError) -> NeonError:
        """Turn "no such method" into an error that says what the page says."""
        if isinstance(error, HTTPStatusError) and error.status == _NO_SUCH_METHOD:
            details = NotFoundError(operation=self.name, reason=_SPECIFICATION_ONLY)
        # Code 1 is also what v1 says to a malformed request, which one checked id can't be.
        elif type(error) is APIError and error.code == ErrorCode.SYSTEM_ERROR.value:
            details = NotFoundError(
                error.code,
                error.server_message,
                error.errors,
                self.name,
                reason=_SPECIFICATION_ONLY,
            )
        else:
            return error
        return details


_SPECIFICATION_ONLY = (
    "This organization's v1 does not seem to offer the method. Its reference page calls itself a "
    "specification of a method that does not exist; without it, merged and deleted accounts look "
    "the same"
)


@attrs.frozen
class _WriteAccount(Operation[int], Generic[AccountT]):
    """A write of a whole account, which answers with the account's id."""

    effect = Effect.WRITE
    reply = int
    spec: ClassVar[ParameterSet]
    _model: ClassVar[type[Model]]

    account: AccountT = attrs.field(repr=False)
    consent: ConsentInformation | None = attrs.field(default=None, repr=False)

    def params(self) -> Pairs:
        """Return the parameters of the account, of the application and of the consents.

        Raises:
            InvalidRequestError: a rule of the reference page is broken; `code` says which.
        """
        self.spec.require_type(self.account, self._model)
        # Before all rules: what a misspelt field was meant for is missing under its proper name.
        validate_no_unknown_fields(self.account, self.spec)
        return [*self._account(), *self._application(), *_consent(self.consent, self.name)]

    @abc.abstractmethod
    def _account(self) -> Pairs:
        """Return the account's parameters, which were checked by the rules of the page."""

    def _application(self) -> Pairs:
        return []

    def parse(self, payload: dict[str, Any]) -> int:
        return structure_member(payload, "accountId", int, self.name)


def _consent(consent: object, operation: str) -> Pairs:
    if consent is None:
        return []
    spec = ParameterSet(operation, "consentInformation", _parameters.CONSENT_NAMES)
    spec.require_type(consent, ConsentInformation)
    return flatten(consent, spec)


@attrs.frozen
class _CreateAccount(_WriteAccount[AccountT]):
    """A new account, and what an application says of itself."""

    origin_detail: str | None = attrs.field(default=None, repr=False)
    send_acknowledge_email: bool | None = None

    def _application(self) -> Pairs:
        pairs: Pairs = []
        name, value = "originDetail", self.origin_detail
        if value is not None:
            pairs.append((name, validate(spell_text, value, name, self.name)))
        # Left out, v1 sends no e-mail (reference page Create Organization Account).
        name, mail = "sendAcknowledgeEmail", self.send_acknowledge_email
        if mail is not None:
            pairs.append((name, validate(spell_boolean, mail, name, self.name)))
        return pairs


@attrs.frozen
class UpdateIndividualAccount(_WriteAccount[IndividualAccount]):
    """Replace the whole account of a person, and delete omitted or blank fields.

    Reference page: Update Individual Account.
    """

    path = "account/updateIndividualAccount"
    spec: ClassVar[ParameterSet] = _parameters.UPDATE_INDIVIDUAL
    _model: ClassVar[type[Model]] = IndividualAccount

    def _account(self) -> Pairs:
        spec, account, code = self.spec, self.account, ErrorCode
        contact_id = _contact(account, spec).contact_id
        # Both are required: page Update Individual Account, codes 10030 and 10024.
        for value, name, missing in (
            (account.account_id, "accountId", code.INDIVIDUAL_ACCOUNT_ID_REQUIRED),
            (contact_id, "primaryContact.contactId", code.CONTACT_ID_REQUIRED),
        ):
            _account_validation.validate_required(value, spec, name, missing)
        return _individual(account, spec)


@attrs.frozen
class CreateIndividualAccount(_CreateAccount[IndividualAccount]):
    """Make a new account of a person.

    It has no reference page among the documented ones; its parameters are those of Update
    Individual Account without the ids.

    Attributes:
        account: the person, without ids.
        consent: the consents.
        origin_detail: the App ID of an integration partner's application.
        send_acknowledge_email: whether to send the account creation e-mail; v1's default is no.
    """

    path = "account/createIndividualAccount"
    spec: ClassVar[ParameterSet] = _parameters.CREATE_INDIVIDUAL
    _model: ClassVar[type[Model]] = IndividualAccount

    def _account(self) -> Pairs:
        return _individual(self.account, self.spec)


def _individual(account: IndividualAccount, spec: ParameterSet) -> Pairs:
    contact, code = _contact(account, spec), ErrorCode
    _account_validation.validate_required(
        contact.first_name, spec, "primaryContact.firstName", code.FIRST_NAME_REQUIRED
    )
    _account_validation.validate_required(
        contact.last_name, spec, "primaryContact.lastName", code.LAST_NAME_REQUIRED
    )
    # Code 10004. A blank name is none: replies have blanks where nothing was entered.
    if account.existing_organization_id is not None and account.organization_name:
        message = "only one of existingOrganizationId and organizationName can be given"
        raise spec.invalid(message, "existingOrganizationId", code.ORGANIZATION_AMBIGUOUS)
    _account_validation.validate_account(account, spec, _account_validation.INDIVIDUAL)
    return flatten(account, spec)


@attrs.frozen
class CreateOrganizationAccount(_CreateAccount[OrganizationAccount]):
    """Make a new account of an organization.

    Reference page: Create Organization Account.

    Attributes:
        account: the organization; its `account_id` must be None.
        consent: consents of its primary contact.
        origin_detail: the App ID of an integration partner's application.
        send_acknowledge_email: whether to send the account creation e-mail; v1's default is no.
    """

    path = "account/createOrganizationAccount"
    spec: ClassVar[ParameterSet] = _parameters.CREATE_ORGANIZATION
    _model: ClassVar[type[Model]] = OrganizationAccount

    def _account(self) -> Pairs:
        return _organization(self.account, self.spec)


@attrs.frozen
class UpdateOrganizationAccount(_WriteAccount[OrganizationAccount]):
    """Replace the whole account of an organization, and delete omitted or blank fields.

    It has no reference page among the documented ones; its parameters are those of Create
    Organization Account with the ids of account, primary contact and addresses.
    """

    path = "account/updateOrganizationAccount"
    spec: ClassVar[ParameterSet] = _parameters.UPDATE_ORGANIZATION
    _model: ClassVar[type[Model]] = OrganizationAccount

    def _account(self) -> Pairs:
        spec, account = self.spec, self.account
        _account_validation.validate_required(
            account.account_id, spec, "accountId", ErrorCode.ACCOUNT_ID_REQUIRED
        )
        return _organization(account, spec)


def _organization(account: OrganizationAccount, spec: ParameterSet) -> Pairs:
    code = ErrorCode.ORGANIZATION_NAME_REQUIRED
    _account_validation.validate_required(account.organization_name, spec, "organizationName", code)
    _account_validation.validate_account(account, spec, _account_validation.ORGANIZATION)
    return flatten(account, spec)


def _contact(account: IndividualAccount, spec: ParameterSet) -> Contact:
    contact = account.primary_contact
    if contact is None:
        return Contact()
    spec.require_type(contact, Contact, "primaryContact")
    return contact
