"""All exceptions of the package, as one tree.

```text
NeonError
├── InvalidRequestError (also ValueError)   refused before anything was sent
├── APIError                                v1 answered FAIL
│   ├── AuthenticationError                 the login was refused
│   ├── SessionError                        codes 3 and 4, after renewing the session
│   ├── PermissionDeniedError               code 5
│   ├── ValidationError                     a documented rule of the operation
│   ├── NotFoundError                       no such record, or no such operation
│   └── ServiceUnavailableError             code 2
├── TransportError                          the HTTP exchange failed
│   ├── ConnectError                        no connection, so nothing was sent
│   ├── DeadlineExceededError (also TimeoutError)
│   └── HTTPStatusError                     a status other than 200
│       └── ThrottledError                  status 429
├── ProtocolError                           the reply is not what v1 documents
├── OutcomeUnknownError                     a write may or may not have happened
├── LossyReadError                          the record can't be written back faithfully
├── ConflictError                           somebody else changed the record
├── VerificationError                       a write did not do what was asked
├── PaginationError                         the pages contradict each other
├── CheckpointError                         a checkpoint that can't be resumed from
├── ClientClosedError (also RuntimeError)   the client was closed
└── EventLoopError (also RuntimeError)      the client belongs to another event loop
```

No message holds a credential, a session id or a parameter's value. No exception of the HTTP
library is chained to one of these: it would carry the request.
"""

from neon_async._error_codes import ErrorCode, ErrorDetail
from neon_async.errors._base import NeonError
from neon_async.errors._replies import (
    APIError,
    AuthenticationError,
    NotFoundError,
    PaginationError,
    PermissionDeniedError,
    ProtocolError,
    ServiceUnavailableError,
    SessionError,
    ValidationError,
)
from neon_async.errors._transport import (
    ConnectError,
    DeadlineExceededError,
    HTTPStatusError,
    ThrottledError,
    TransportError,
)
from neon_async.errors._usage import (
    CheckpointError,
    ClientClosedError,
    EventLoopError,
    InvalidRequestError,
)
from neon_async.errors._writes import (
    ConflictError,
    LossyReadError,
    OutcomeUnknownError,
    VerificationError,
)

__all__ = [
    "APIError",
    "AuthenticationError",
    "CheckpointError",
    "ClientClosedError",
    "ConflictError",
    "ConnectError",
    "DeadlineExceededError",
    "ErrorCode",
    "ErrorDetail",
    "EventLoopError",
    "HTTPStatusError",
    "InvalidRequestError",
    "LossyReadError",
    "NeonError",
    "NotFoundError",
    "OutcomeUnknownError",
    "PaginationError",
    "PermissionDeniedError",
    "ProtocolError",
    "ServiceUnavailableError",
    "SessionError",
    "ThrottledError",
    "TransportError",
    "ValidationError",
    "VerificationError",
]
