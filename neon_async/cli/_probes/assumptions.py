"""All that the library assumes about v1 without a reference page that says so."""

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import attrs


class ProbeName(enum.StrEnum):
    """The probes. A quirk of the emulator has the name of the probe that finds it."""

    POST_REFUSED = enum.auto()
    URLENCODED_ONLY = enum.auto()
    EXACT_NAMES = enum.auto()
    EXACT_VALUES = enum.auto()
    TORN_GROUPS = enum.auto()
    FAIL_STATUS = enum.auto()
    LOGIN_CODES = enum.auto()
    XML_REPLIES = enum.auto()
    PAGE_SIZE_LIMIT = enum.auto()
    SORT_COLUMN_IGNORED = enum.auto()
    BOUNDS = enum.auto()
    UNMODIFIED = enum.auto()
    COMMIT_DELAY = enum.auto()
    DELETED_IDS_LIMIT = enum.auto()
    MISSING_IDS = enum.auto()
    MERGED_IDS_FOLLOWED = enum.auto()
    LEGACY_JSON = enum.auto()
    DATE_FORMS = enum.auto()
    ODD_VALUES = enum.auto()
    SOAP_REFUSED = enum.auto()
    SOAP_FAIL_STATUS = enum.auto()
    SOAP_FAULT = enum.auto()
    STRICT_SOAP = enum.auto()
    CONCURRENCY_LIMIT = enum.auto()
    KEEP_LOGIN = enum.auto()
    BLANK_DATES_REFUSED = enum.auto()
    EXACT_VALUES_WRITTEN = enum.auto()
    SOAP_BLANKS = enum.auto()
    SOAP_CONSENT = enum.auto()
    LOCKED_SESSION = enum.auto()


@attrs.frozen
class Assumption:
    """One thing that the library assumes.

    Attributes:
        question: on no page, and so a guess.
        assumed: the answer that the library counts on.
        otherwise: what the library does where the answer is another one.
        unprobed: why no read can answer the question, or None where a probe does.
    """

    question: str
    assumed: str
    otherwise: str
    unprobed: str | None = None


_ONLY_WRITES = "only an update shows it, and the report sends none"

ASSUMPTIONS: Final[Mapping[ProbeName, Assumption]] = MappingProxyType(
    {
        ProbeName.POST_REFUSED: Assumption(
            "Is a POST accepted, the login included?",
            "accepted",
            'http_method="GET" sends the form in the URL, as the pages document it',
        ),
        ProbeName.URLENCODED_ONLY: Assumption(
            "Are parameters read from multipart/form-data?",
            "accepted",
            "the client never sends it; only the emulator takes it from other clients",
        ),
        ProbeName.EXACT_NAMES: Assumption(
            "Does the case of a parameter's name matter?",
            "accepted in any case",
            "the client sends the documented spelling",
        ),
        ProbeName.EXACT_VALUES: Assumption(
            "Does the case of a value with few choices matter (true, DESC)?",
            "accepted in any case",
            "the client sends the documented spelling",
        ),
        ProbeName.TORN_GROUPS: Assumption(
            "Are repeated parameters matched by position, in whatever order they are sent?",
            "by position",
            "the client sends all parts of a group together, and blanks for missing parts",
        ),
        ProbeName.FAIL_STATUS: Assumption(
            "With which HTTP status does a FAIL come?",
            "status 200",
            "a FAIL is read whatever its status",
        ),
        ProbeName.LOGIN_CODES: Assumption(
            "Which codes does a login without organization id and key get?",
            "code 10, 12, 13 or 14",
            "every FAIL of a login is an AuthenticationError, unless the service has trouble",
        ),
        ProbeName.XML_REPLIES: Assumption(
            "Is the reply to responseType=XML in XML?",
            "XML",
            "the client never asks for it",
        ),
        ProbeName.PAGE_SIZE_LIMIT: Assumption(
            "How many records may a page of syncAccounts have?",
            "200 or more",
            "iterations follow the page size that the reply names; set AsyncClient(page_size=…)",
        ),
        ProbeName.SORT_COLUMN_IGNORED: Assumption(
            "Is syncAccounts sorted by page.sortColumn?",
            "sorted",
            "change feeds detect it, and make more requests",
        ),
        ProbeName.BOUNDS: Assumption(
            "Do both ends belong to a range of time?",
            "inclusive",
            "change feeds read a little more on both ends, and remove duplicates",
        ),
        ProbeName.UNMODIFIED: Assumption(
            "Does every account have a last-modified time?",
            "every account",
            "no range of time has the others: AsyncClient.reconcile finds them",
        ),
        ProbeName.COMMIT_DELAY: Assumption(
            "Do changes become visible later than their last-modified time?",
            "none",
            "change feeds look back; raise lookback to more than the delay",
        ),
        ProbeName.DELETED_IDS_LIMIT: Assumption(
            "Is the list of deleted ids complete, and on every page?",
            "complete",
            "change feeds notice a list that ends at the page size, or differs by page; "
            "AsyncClient.reconcile finds the accounts that other limits hide",
        ),
        ProbeName.MISSING_IDS: Assumption(
            "Which code does retrieveIndividualAccount answer for an id that does not exist?",
            "code 10031",
            "another code is an APIError instead of a NotFoundError",
        ),
        ProbeName.MERGED_IDS_FOLLOWED: Assumption(
            "Does a retrieve method refuse the id of a merged account?",
            "refused",
            "a record with another id is a ProtocolError; resolve_account_id gives the new id",
        ),
        ProbeName.LEGACY_JSON: Assumption(
            "Which of the two generations of JSON are the replies?",
            "2014",
            "both are read; in that of 2012 leading zeros of numbers are lost",
        ),
        ProbeName.DATE_FORMS: Assumption(
            "How are dates such as dob written?",
            "2014-01-10, with an offset or without",
            "a date is read from the beginning of a timestamp; other forms are odd values",
        ),
        ProbeName.ODD_VALUES: Assumption(
            "Does every value fit its documented type?",
            "none is odd",
            "odd values stay in extra as received, and their records arrive",
        ),
        ProbeName.SOAP_REFUSED: Assumption(
            "Do the SOAP services answer, and know a session that REST opened?",
            "accepted with the same session",
            "SoapTransport, which is experimental, logs in itself",
        ),
        ProbeName.SOAP_FAIL_STATUS: Assumption(
            "With which HTTP status does a FAIL come over SOAP?",
            "status 200",
            "a FAIL is read whatever its status",
        ),
        ProbeName.SOAP_FAULT: Assumption(
            "Is a SOAP message that the service does not know answered with a fault?",
            "a fault with status 500",
            "SoapTransport reads faults whatever their status",
        ),
        ProbeName.STRICT_SOAP: Assumption(
            "Are SOAP elements accepted in another order than the schema's?",
            "accepted",
            "SoapTransport sends the schema's order",
        ),
        ProbeName.CONCURRENCY_LIMIT: Assumption(
            "How many requests at once are answered?",
            "5 or more",
            "the client slows down; set AsyncClient(max_concurrency=…)",
            "not probed without --probe-concurrency",
        ),
        ProbeName.KEEP_LOGIN: Assumption(
            "Does an update that omits the login name keep it?",
            "deleted, as other omitted fields",
            "an edit sends the login name that it has read",
            _ONLY_WRITES,
        ),
        ProbeName.BLANK_DATES_REFUSED: Assumption(
            "Is a blank date refused in a repeated group?",
            "accepted where it keeps a position",
            "the update fails with a ValidationError, and changes nothing",
            _ONLY_WRITES,
        ),
        ProbeName.EXACT_VALUES_WRITTEN: Assumption(
            "Is HOME accepted by an update where the pages write Home?",
            "accepted",
            "the client sends the documented spelling of values that it knows",
            _ONLY_WRITES,
        ),
        ProbeName.SOAP_BLANKS: Assumption(
            "Does an element that a SOAP update leaves out delete the field?",
            "deleted, as in REST",
            "an edit sends every field that it has read",
            _ONLY_WRITES,
        ),
        ProbeName.SOAP_CONSENT: Assumption(
            "Where in a SOAP update do consents stand?",
            "nowhere in the known schema",
            "SoapTransport refuses them",
            _ONLY_WRITES,
        ),
        ProbeName.LOCKED_SESSION: Assumption(
            "Which code does a session that has ended get over SOAP, and a wrong key at a login?",
            "the codes of REST",
            "the client logs in again, or raises AuthenticationError",
            "it takes 30 minutes, or a wrong key, which might lock the API user",
        ),
    }
)
