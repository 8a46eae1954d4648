"""The tree of errors: documented, picklable, and silent about what was sent."""

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from neon_async import errors
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
from tests.support import samples

CANARY = "canary.donor@example.org"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DETAILS = [ErrorDetail(10001, f"quotes {CANARY}"), ErrorDetail(77), ErrorDetail()]
COMMON = {
    1: "Unexpected system error.",
    2: "Service is not available.",
    3: "Session id is required.",
    4: "Session id is invalid.",
    5: "Permission denied.",
}
ACTIVITIES = {10200: "Activity ID is required", 10201: "Activity ID is invalid"}
PAGES: dict[str, dict[str, str]] = samples.load("error-codes")
# The page spells it so.
MISSPELT = "Organizaiton", "Organization"
# The page refuses a contact id for which it has no parameter.
NOT_IN_TABLE = {"userSessionId", "organizationAccount.primaryContact.contactId"}


@attrs.frozen
class Example:
    """An error with everything that it can hold, and what is said of it."""

    error: NeonError
    said: str


def api(cls: type[APIError], **more: Any) -> APIError:
    return cls(10001, f"quotes {CANARY}", DETAILS, "updateIndividualAccount", **more)


def answered(advice: str = "") -> str:
    said = (
        "updateIndividualAccount: NeonCRM answered FAIL with code 10001: Contact first name is "
        "required; undocumented code 77; an error without a code"
    )
    return said + advice


def found(error: OutcomeUnknownError, *ids: int) -> OutcomeUnknownError:
    error.found = ids
    return error


EXAMPLES = [
    Example(NeonError("trouble", operation="login"), "login: trouble"),
    Example(
        InvalidRequestError(
            "a value is required",
            parameter="organizationAccount.organizationName",
            code=ErrorCode.ORGANIZATION_NAME_REQUIRED,
            operation="createOrganizationAccount",
        ),
        "createOrganizationAccount: a value is required "
        "[organizationAccount.organizationName] (code 10050)",
    ),
    Example(api(APIError), answered()),
    Example(
        api(AuthenticationError),
        answered(". Check the organization id and the API key (NEON_ORG_ID, NEON_API_KEY)"),
    ),
    Example(
        api(SessionError),
        answered(
            ". The session was refused again after a new login; is another client logging it out?"
        ),
    ),
    Example(
        api(PermissionDeniedError),
        answered(". Ask an administrator of the organization to permit it to the API user"),
    ),
    Example(api(ValidationError), answered()),
    Example(api(NotFoundError), answered()),
    Example(api(NotFoundError, reason="No such method"), answered(". No such method")),
    Example(
        api(ServiceUnavailableError), answered(". Try again later, or with fewer requests at once")
    ),
    Example(TransportError("cut", sent=False, operation="login"), "login: cut"),
    Example(ConnectError("refused", sent=False, operation="login"), "login: refused"),
    Example(DeadlineExceededError("late", operation="login"), "login: late"),
    Example(HTTPStatusError("HTTP 500", status=500, operation="login"), "login: HTTP 500"),
    Example(ThrottledError("HTTP 429", status=429, retry_after=1.5), "HTTP 429"),
    Example(
        ProtocolError(
            "expected text, got an array", path="page.sortColumn", operation="syncAccounts"
        ),
        "syncAccounts: expected text, got an array [page.sortColumn]",
    ),
    Example(ProtocolError("the reply is empty"), "the reply is empty"),
    Example(ProtocolError("too large", out_of_bounds=True), "too large"),
    Example(ConnectError("refused", proxy_status=407), "refused"),
    Example(
        OutcomeUnknownError("createOrganizationAccount", NOON, "the connection broke"),
        "createOrganizationAccount: the write may or may not have happened: the connection broke. "
        "Read the record before you send it again",
    ),
    Example(
        found(OutcomeUnknownError("op", NOON, "x"), 5, 6),
        "op: the write may or may not have happened: x. "
        "Read the record before you send it again (ids of records that may be it: 5 6)",
    ),
    Example(
        found(OutcomeUnknownError("op", NOON, "x")),
        "op: the write may or may not have happened: x. "
        "Read the record before you send it again (ids of records that may be it: none)",
    ),
    Example(LossyReadError("can't be written back", paths=["url"]), "can't be written back"),
    Example(ConflictError("changed", before=CANARY, current=CANARY), "changed"),
    Example(VerificationError("differs", before=CANARY, differences=[CANARY]), "differs"),
    Example(
        PaginationError("page 2 repeats the page before it"), "page 2 repeats the page before it"
    ),
    Example(CheckpointError("it is damaged"), "it is damaged"),
    Example(ClientClosedError("the client is closed"), "the client is closed"),
    Example(EventLoopError("wrong loop"), "wrong loop"),
]
ERRORS = [example.error for example in EXAMPLES]
for _error in ERRORS:
    _error.resume, _error.resume_ids, _error.attempts = 3, (1, 2), 4


def named(thing: object) -> str:
    return type(thing).__name__ if isinstance(thing, NeonError) else str(thing)


def drawn() -> dict[str, list[str]]:
    """Read the tree in the docstring: each class and those that it stands below."""
    bases: dict[str, list[str]] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").split("```")[1].splitlines()[1:]:
        branch, _, rest = line.rpartition("── ")
        name, _, also = rest.partition(" ")
        del above[len(branch.rstrip("├└")) // 4 + bool(branch) :]
        others = also.removeprefix("(also ").partition(")")[0] if also.startswith("(also") else ""
        bases[name] = [*above[-1:], *([others] if others else [])]
        above.append(name)
    return bases


def test_tree_is_drawn() -> None:
    """The docstring of the module draws the tree as it is."""
    classes = [getattr(errors, name) for name in errors.__all__]
    real = {
        cls.__name__: [base.__name__ for base in cls.__bases__]
        for cls in classes
        if issubclass(cls, NeonError)
    }

    assert drawn() == real | {"NeonError": []}


def test_every_error_has_an_example() -> None:
    """No class of the tree is left out of the tests below."""
    classes = {getattr(errors, name) for name in errors.__all__}

    assert {type(error) for error in ERRORS} == {
        cls for cls in classes if issubclass(cls, NeonError)
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: named(example.error))
def test_text(example: Example) -> None:
    """The text says what happened, to which operation, and what to do."""
    assert example.said == str(example.error)


@pytest.mark.parametrize("error", ERRORS, ids=named)
@pytest.mark.parametrize("twin", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])  # noqa: S301
def test_pickling_and_copying(error: NeonError, twin: Callable[[NeonError], NeonError]) -> None:
    """An error crosses processes, and is copied, with all that it holds."""
    other = twin(error)

    assert (type(error), str(error), vars(error)) == (type(other), str(other), vars(other))
    assert (3, (1, 2), 4) == (other.resume, other.resume_ids, other.attempts)
    assert getattr(error, "server_message", None) == getattr(other, "server_message", None)


@pytest.mark.parametrize("error", ERRORS, ids=named)
def test_values_are_not_shown(error: NeonError) -> None:
    """Neither text nor repr nor arguments show what the server quoted or a record holds."""
    shown = [str(error), repr(error), repr(error.args), repr(getattr(error, "errors", ""))]

    assert [] == [text for text in shown if CANARY in text]
    assert [] == [name for name in ("message", "detail") if hasattr(error, name)]


def test_builtin_families() -> None:
    """Where Python has a word for it, its `except` clause works too."""
    assert isinstance(InvalidRequestError(), ValueError)
    assert isinstance(DeadlineExceededError(), TimeoutError)
    assert isinstance(ClientClosedError(), RuntimeError)
    assert isinstance(EventLoopError(), RuntimeError)


def test_every_error_can_be_made_bare() -> None:
    """A class can be raised without arguments, as tests of users do."""
    bare = [type(error)() for error in ERRORS]

    assert all(str(error) is not None for error in bare)
    assert {None} == {error.operation for error in bare}


def test_errors_have_the_public_name() -> None:
    """Tracebacks and pickles name `neon_async.errors`, and a user's own error keeps its module."""
    own = type("OwnError", (NeonError,), {"__module__": __name__})

    assert {"neon_async.errors"} == {type(error).__module__ for error in ERRORS}
    assert [__name__, "OwnError"] == [own.__module__, own.__name__]


def test_nothing_is_resumable_outside_of_a_walk() -> None:
    """An error that did not come out of a walk names no page."""
    assert (None, None) == (NeonError().resume, NeonError().resume_ids)


def test_every_code_is_documented() -> None:
    """The codes are those of the five pages, the common ones and two of activities, no others."""
    listed = {int(code) for table in PAGES.values() for code in table}

    assert listed | COMMON.keys() | ACTIVITIES.keys() == set(ErrorCode)


@pytest.mark.parametrize("method", PAGES)
def test_codes_have_the_text_of_the_page(method: str) -> None:
    """Each code says what its page says, but for a misspelling and missing full stops."""
    page = PAGES[method]
    expected = {code: text.replace(*MISSPELT).rstrip(".") for code, text in page.items()}

    assert expected == {code: ErrorCode(int(code)).text.rstrip(".") for code in page}


def test_common_codes_have_their_text() -> None:
    """The codes that are on other pages say what the vendor says of them."""
    expected = COMMON | ACTIVITIES

    assert expected == {code: ErrorCode(code).text for code in expected}


@pytest.mark.parametrize("method", PAGES)
def test_codes_are_about_parameters_of_the_page(method: str) -> None:
    """The parameter of each code is one that its page documents, spelled the same."""
    documented = set(samples.parameters(method)) | NOT_IN_TABLE
    about = {code: ErrorCode(int(code)).parameter for code in PAGES[method]}
    # Both sync pages have this code; the parameter is named after one of them.
    shared = {"10240"} if method == "syncActivities" else set()

    assert {} == {
        code: name for code, name in about.items() if name not in documented and code not in shared
    }


@pytest.mark.parametrize("code", ErrorCode)
def test_advice_is_a_sentence_of_its_own(code: ErrorCode) -> None:
    """A documented text that ends with a full stop is followed by just that one."""
    advice = PermissionDeniedError.advice
    error = PermissionDeniedError(code, errors=[ErrorDetail(code), ErrorDetail(code)])
    text = f"code {code.value}: {code.text.removesuffix('.')}"

    assert f"request: NeonCRM answered FAIL with {text}; {text}. {advice}" == str(error)


def test_reasons_with_a_full_stop() -> None:
    """A reason or a message that is a sentence already gets no second full stop."""
    lossy = LossyReadError("the record has odd values.", advice="Repair them")
    unknown = OutcomeUnknownError("createIndividualAccount", reason="the connection broke.")

    assert "the record has odd values. Repair them" == str(lossy)
    assert str(unknown).endswith(": the connection broke. Read the record before you send it again")


def test_detail_knows_its_code() -> None:
    """An entry of a FAIL reply finds its documented code, where there is one."""
    assert ErrorCode.FIRST_NAME_REQUIRED is ErrorDetail(10001).documented
    assert [None, None] == [ErrorDetail(77).documented, ErrorDetail().documented]


def test_a_reply_without_codes_is_said_so() -> None:
    """FAIL without any error still reads as a sentence."""
    assert "request: NeonCRM answered FAIL with no error code given" == str(APIError())


def test_repr_says_what_happened() -> None:
    """Logs of workers show the repr of an error, which has the text of the error in it."""
    error = AuthenticationError(13, "Somebody is locked out", (), "login")
    same = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert f"AuthenticationError({str(error)!r})" == repr(error) == repr(same)
    assert "login" in repr(error)
    assert "Somebody" not in repr(error)
