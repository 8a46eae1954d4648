"""Async client SDK for the NeonCRM API v1.

`AsyncClient` is where to begin; `neon_async.operations` has one class per API method.
"""

from typing import TYPE_CHECKING

from neon_async._client import AsyncClient
from neon_async._lazy import lazily
from neon_async._retry import RetryPolicy
from neon_async.errors import (
    APIError,
    AuthenticationError,
    CheckpointError,
    ClientClosedError,
    ConflictError,
    ConnectError,
    DeadlineExceededError,
    ErrorCode,
    ErrorDetail,
    EventLoopError,
    HTTPStatusError,
    InvalidRequestError,
    LossyReadError,
    NeonError,
    NotFoundError,
    OutcomeUnknownError,
    PaginationError,
    PermissionDeniedError,
    ProtocolError,
    ServiceUnavailableError,
    SessionError,
    ThrottledError,
    TransportError,
    ValidationError,
    VerificationError,
)
from neon_async.operations import Effect, Operation

if TYPE_CHECKING:
    from neon_async._changes import (
        Certificate,
        Change,
        ChangeFeed,
        CheckpointStore,
        Deleted,
        FileCheckpoint,
        Merged,
        Upserted,
        Verdict,
    )
    from neon_async._course import Progress
    from neon_async._editing import AccountDiff, AccountEdit, Difference, DifferenceKind
    from neon_async._hooks import (
        Hooks,
        OperationEvent,
        PageEvent,
        ReplyEvent,
        RequestEvent,
        ResultEvent,
        RetryEvent,
    )
    from neon_async._paging import Paginator
    from neon_async._reconcile import Reconciliation
    from neon_async._recovery import RecoveredId
    from neon_async._wire.converter import structure, unstructure
    from neon_async.models import (
        Account,
        AccountsPage,
        ActivitiesPage,
        Activity,
        ActivityPriority,
        Address,
        CodeName,
        ConsentInformation,
        ConsentStatus,
        Contact,
        CustomField,
        CustomFieldData,
        IdName,
        IndividualAccount,
        Login,
        MergeHistory,
        OrganizationAccount,
        PageInfo,
        PhoneType,
    )
    from neon_async.operations import SortDirection
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "APIError",
    "Account",
    "AccountDiff",
    "AccountEdit",
    "AccountsPage",
    "ActivitiesPage",
    "Activity",
    "ActivityPriority",
    "Address",
    "AsyncClient",
    "AuthenticationError",
    "Certificate",
    "Change",
    "ChangeFeed",
    "CheckpointError",
    "CheckpointStore",
    "ClientClosedError",
    "CodeName",
    "ConflictError",
    "ConnectError",
    "ConsentInformation",
    "ConsentStatus",
    "Contact",
    "CustomField",
    "CustomFieldData",
    "DeadlineExceededError",
    "Deleted",
    "Difference",
    "DifferenceKind",
    "Effect",
    "ErrorCode",
    "ErrorDetail",
    "EventLoopError",
    "FileCheckpoint",
    "HTTPStatusError",
    "Hooks",
    "IdName",
    "IndividualAccount",
    "InvalidRequestError",
    "Login",
    "LossyReadError",
    "MergeHistory",
    "Merged",
    "NeonError",
    "NotFoundError",
    "Operation",
    "OperationEvent",
    "OrganizationAccount",
    "OutcomeUnknownError",
    "PageEvent",
    "PageInfo",
    "PaginationError",
    "Paginator",
    "PermissionDeniedError",
    "PhoneType",
    "Progress",
    "ProtocolError",
    "Reconciliation",
    "RecoveredId",
    "ReplyEvent",
    "RequestEvent",
    "ResultEvent",
    "RetryEvent",
    "RetryPolicy",
    "ServiceUnavailableError",
    "SessionError",
    "SortDirection",
    "ThrottledError",
    "TransportError",
    "Upserted",
    "ValidationError",
    "Verdict",
    "VerificationError",
    "structure",
    "unstructure",
]
