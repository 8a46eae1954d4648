"""What every method of the client sends, and what it makes of the reply."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs

from neon_async import AsyncClient, Effect
from neon_async.models import (
    AccountsPage,
    ActivitiesPage,
    Activity,
    ActivityPriority,
    CodeName,
    Contact,
    CustomField,
    IdName,
    IndividualAccount,
    MergeHistory,
    OrganizationAccount,
)
from neon_async.operations import ListPrefixes
from tests.support import accounts, samples

BASE = "https://api.example.org/neonws/services/api"
LOGIN = {
    "loginResponse": {
        "operationResult": "SUCCESS",
        "responseMessage": "User logged in.",
        "responseDateTime": "2026-01-01T00:00:00.000+00:00",
        "userSessionId": "T1356492402097",
    }
}
SESSION = ("userSessionId", "T1356492402097")
LOGIN_PAIRS = [("login.apiKey", "fake-key"), ("login.orgid", "fake-org")]
START = datetime(2014, 1, 10, 15, 50, 28, 153000, tzinfo=timezone(timedelta(hours=8)))
END = datetime(2014, 1, 11, tzinfo=UTC)


def success(**payload: object) -> dict[str, Any]:
    """A SUCCESS reply."""
    return {"anyResponse": {"operationResult": "SUCCESS", **payload}}


def fail(code: int) -> dict[str, Any]:
    """A FAIL reply."""
    errors = {"error": [{"errorCode": code, "errorMessage": "m"}]}
    return {"anyResponse": {"operationResult": "FAIL", "errors": errors}}


Method = Callable[[AsyncClient], Awaitable[Any]]
PAIRS = [{"id": "1", "name": "a"}]
CODES = [{"code": "F", "name": "Female"}]
ONE_PAIR, ONE_CODE = (IdName("1", "a"),), (CodeName("F", "Female"),)
ACCOUNTS_PAGE = samples.load("syncAccounts")
ACTIVITIES_PAGE = samples.load("syncActivities")


@attrs.frozen
class Exchange:
    """A call, its path, the pairs after the session id, the reply, and what the call returns."""

    method: Method
    path: str
    pairs: list[tuple[str, str]]
    reply: Any
    expected: Any


EXCHANGES = [
    Exchange(
        lambda neon: neon.update_individual_account(accounts.INDIVIDUAL, consent=accounts.CONSENT),
        "account/updateIndividualAccount",
        accounts.INDIVIDUAL_PAIRS + accounts.CONSENT_PAIRS,
        samples.load("updateIndividualAccount"),
        123814,
    ),
    Exchange(
        lambda neon: neon.create_organization_account(
            accounts.ORGANIZATION,
            consent=accounts.CONSENT,
            origin_detail="fake-app",
            send_acknowledge_email=False,
        ),
        "account/createOrganizationAccount",
        [
            *accounts.ORGANIZATION_PAIRS,
            ("originDetail", "fake-app"),
            ("sendAcknowledgeEmail", "false"),
            *accounts.CONSENT_PAIRS,
        ],
        samples.load("createOrganizationAccount"),
        123937,
    ),
    Exchange(
        lambda neon: neon.create_individual_account(
            IndividualAccount(primary_contact=Contact(first_name="A", last_name="B")),
            consent=accounts.CONSENT,
            origin_detail="fake-app",
            send_acknowledge_email=True,
        ),
        "account/createIndividualAccount",
        [
            ("individualAccount.primaryContact.firstName", "A"),
            ("individualAccount.primaryContact.lastName", "B"),
            ("originDetail", "fake-app"),
            ("sendAcknowledgeEmail", "true"),
            *accounts.CONSENT_PAIRS,
        ],
        success(accountId=7),
        7,
    ),
    Exchange(
        lambda neon: neon.retrieve_duplicate_merge_history(12345),
        "account/retrieveDuplicateMergeHistory",
        [("accountId", "12345")],
        samples.load("retrieveDuplicateMergeHistory-merged"),
        MergeHistory(12345, 101177, [12345, 10930, 12423]),
    ),
    Exchange(
        lambda neon: neon.retrieve_duplicate_merge_history(18948),
        "account/retrieveDuplicateMergeHistory",
        [("accountId", "18948")],
        {
            "retrieveDuplicateMergeHistoryResponse": samples.load(
                "retrieveDuplicateMergeHistory-none"
            )["retrieveDuplicateMergeHistory"]
        },
        MergeHistory(18948, 18948, []),
    ),
    Exchange(
        lambda neon: neon.retrieve_individual_account(5),
        "account/retrieveIndividualAccount",
        [("accountId", "5")],
        success(individualAccount={"accountId": 5}),
        IndividualAccount(account_id=5),
    ),
    Exchange(
        lambda neon: neon.retrieve_organization_account(6),
        "account/retrieveOrganizationAccount",
        [("accountId", "6")],
        success(organizationAccount={"accountId": 6}),
        OrganizationAccount(account_id=6),
    ),
    Exchange(
        lambda neon: neon.retrieve_activity(42),
        "account/retrieveActivity",
        [("activityId", "42")],
        success(activity={"activityId": 42, "clientId": 97140, "activityPriority": "NORMAL"}),
        Activity(activity_id=42, client_id=97140, activity_priority=ActivityPriority.NORMAL),
    ),
    Exchange(
        lambda neon: neon.add_activity(accounts.ACTIVITY),
        "account/addActivity",
        accounts.ACTIVITY_PAIRS,
        success(activityId=7),
        7,
    ),
    Exchange(
        lambda neon: neon.update_activity(attrs.evolve(accounts.ACTIVITY, activity_id=7)),
        "account/updateActivity",
        [("Activity.activityId", "7"), *accounts.ACTIVITY_PAIRS],
        success(activityId=7),
        7,
    ),
    Exchange(
        lambda neon: neon.list_prefixes(),
        "account/listPrefixes",
        [],
        success(prefixes={"prefix": ["Mr.", "Mrs."]}),
        ("Mr.", "Mrs."),
    ),
    Exchange(
        lambda neon: neon.list_genders(),
        "account/listGenders",
        [],
        success(genders={"gender": CODES}),
        ONE_CODE,
    ),
    Exchange(
        lambda neon: neon.list_states(),
        "account/listStates",
        [],
        success(states={"state": CODES}),
        ONE_CODE,
    ),
    Exchange(
        lambda neon: neon.list_countries(),
        "account/listCountries",
        [],
        success(countries={"country": PAIRS}),
        ONE_PAIR,
    ),
    Exchange(
        lambda neon: neon.list_address_types(),
        "account/listAddressTypes",
        [],
        success(addressTypes={"addressType": PAIRS}),
        ONE_PAIR,
    ),
    Exchange(
        lambda neon: neon.list_sources(),
        "account/listSources",
        [],
        success(sources={"source": PAIRS}),
        ONE_PAIR,
    ),
    Exchange(
        lambda neon: neon.list_individual_types(),
        "account/listIndividualTypes",
        [],
        success(individualTypes={"individualType": PAIRS}),
        ONE_PAIR,
    ),
    Exchange(
        lambda neon: neon.list_organization_types(),
        "account/listOrganizationTypes",
        [],
        success(organizationTypes={"organizationType": PAIRS}),
        ONE_PAIR,
    ),
    Exchange(
        lambda neon: neon.list_custom_fields("Account"),
        "common/listCustomFields",
        [("searchCriteria.component", "Account")],
        success(customFields={"customField": [{"fieldId": 53, "dataType": "Radio"}]}),
        (CustomField(field_id="53", data_type="RADIO"),),
    ),
    Exchange(
        lambda neon: neon.sync_accounts(
            time_from=START,
            time_to=END,
            account_ids=[126240, 126213],
            ignore_deleted=True,
            page_size=50,
            sort_column="lastModifiedDateTime",
            sort_direction="ASC",
        ).first_page(),
        "account/syncAccounts",
        [
            ("accountIds.accountId", "126240"),
            ("accountIds.accountId", "126213"),
            ("syncAccountTimeFrom", "2014-01-10T15:50:28.153+08:00"),
            ("syncAccountTimeTo", "2014-01-11T00:00:00.000+00:00"),
            ("ignoreDeletedIdList", "true"),
            ("page.currentPage", "1"),
            ("page.pageSize", "50"),
            ("page.sortColumn", "lastModifiedDateTime"),
            ("page.sortDirection", "ASC"),
        ],
        ACCOUNTS_PAGE,
        AccountsPage,
    ),
    Exchange(
        lambda neon: neon.sync_activities(
            time_from=START, activity_ids=[653, 652], ignore_deleted=False, sort_direction="desc"
        ).first_page(),
        "account/syncActivities",
        [
            ("activityIds.activityId", "653"),
            ("activityIds.activityId", "652"),
            ("syncActivityTimeFrom", "2014-01-10T15:50:28.153+08:00"),
            ("ignoreDeletedIdList", "false"),
            ("page.currentPage", "1"),
            ("page.pageSize", "200"),
            ("page.sortDirection", "DESC"),
        ],
        ACTIVITIES_PAGE,
        ActivitiesPage,
    ),
    Exchange(
        lambda neon: neon.call("account/listHouseHolds", {"accountId": [1, 2], "active": True}),
        "account/listHouseHolds",
        [("accountId", "1"), ("accountId", "2"), ("active", "true")],
        success(houseHolds={"houseHold": []}),
        {"houseHolds": {"houseHold": []}},
    ),
    Exchange(
        lambda neon: neon.call("event/editThing", [("b", ""), ("a", "1")], effect=Effect.WRITE),
        "event/editThing",
        [("b", ""), ("a", "1")],
        success(),
        {},
    ),
    Exchange(
        lambda neon: neon.send(ListPrefixes()),
        "account/listPrefixes",
        [],
        success(prefixes={}),
        (),
    ),
]
