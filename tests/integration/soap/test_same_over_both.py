"""Whatever a client does ends in the same over REST and over SOAP."""

from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import pytest

from neon_async import APIError, AsyncClient, NeonError, OutcomeUnknownError, unstructure
from neon_async.emulator import Clock, Emulator, Quirks
from neon_async.models import (
    Activity,
    Address,
    CodeName,
    Contact,
    CustomFieldData,
    IdName,
    IndividualAccount,
    OrganizationAccount,
    PhoneType,
)
from tests.integration.soap.conftest import LONG_AGO, NOW, client

Flow = Callable[[AsyncClient, Emulator], Awaitable[Any]]

FAULTS: list[dict[str, Any]] = [{"drop": True}, {"status": 500}, {"html": "<html>"}]
CONSENTS = ["consentInformation"]
COMPANY = OrganizationAccount(
    organization_name="Example & Söhne <+1> ]]>",
    primary_contact=Contact(
        first_name="Jen",
        last_name="O'Neil",
        phone1="0422938473",
        phone1_type=PhoneType.WORK,
        gender=CodeName("F", "Female"),
        deceased=False,
        addresses=[
            Address(is_primary_address=True, city="Akron", zip_code="06489"),
            Address(city="Graz", country=IdName("14", "Austria"), address_line1="Platz 1"),
        ],
    ),
    custom_field_data_list=[
        CustomFieldData(field_id="22", field_value="two\nlines\tand a tab"),
        CustomFieldData(field_id="45", field_option_id="47"),
        CustomFieldData(field_id="53", field_option_id="15"),
        CustomFieldData(field_id="53", field_option_id="17"),
    ],
)


async def accounts(neon: AsyncClient, emulator: Emulator) -> Any:
    emulator.delete_account(emulator.account_ids()[3])
    pages = [page async for page in neon.sync_accounts(time_from=LONG_AGO).pages()]
    return [attrs.evolve(page, response_date_time=None) for page in pages]


async def accounts_ahead(neon: AsyncClient, _: Emulator) -> Any:
    async with neon.sync_accounts(time_from=LONG_AGO).lookahead(workers=3) as stream:
        return [account async for account in stream]


async def accounts_by_id(neon: AsyncClient, emulator: Emulator) -> Any:
    wanted = emulator.account_ids()[:9]
    return await neon.sync_accounts(account_ids=wanted, ignore_deleted=True).collect()


async def activities(neon: AsyncClient, _: Emulator) -> Any:
    pulled = neon.sync_activities(
        time_from=LONG_AGO, time_to=NOW, sort_column="activityId", sort_direction="DESC"
    )
    return await pulled.collect()


async def changes(neon: AsyncClient, emulator: Emulator) -> Any:
    emulator.delete_account(emulator.account_ids()[3])
    async with neon.account_changes(LONG_AGO) as feed:
        return [(type(change), change.id) async for change in feed], feed.certificate.verdict


async def single_accounts(neon: AsyncClient, emulator: Emulator) -> Any:
    async def one(account_id: int) -> Any:
        try:
            return await neon.retrieve_individual_account(account_id)
        except NeonError:
            return await neon.retrieve_organization_account(account_id)

    return [await one(account_id) for account_id in emulator.account_ids()]


async def lists(neon: AsyncClient, _: Emulator) -> Any:
    components = ["Account", "Donation", "ACTIVITY"]
    return [
        await neon.list_prefixes(),
        await neon.list_genders(),
        await neon.list_states(),
        await neon.list_countries(),
        await neon.list_address_types(),
        await neon.list_sources(),
        await neon.list_individual_types(),
        await neon.list_organization_types(),
        *[await neon.list_custom_fields(component) for component in components],
    ]


async def creations(neon: AsyncClient, emulator: Emulator) -> Any:
    company = await neon.create_organization_account(
        COMPANY, origin_detail="example-app", send_acknowledge_email=False
    )
    contact = Contact(first_name="A", last_name="B")
    person = await neon.create_individual_account(IndividualAccount(primary_contact=contact))
    return [emulator.account(company), emulator.account(person)]


async def update(neon: AsyncClient, emulator: Emulator) -> Any:
    account = await neon.retrieve_individual_account(emulator.account_ids()[0])
    account.contact.preferred_name = "Changed"
    account.contact.phone1 = None
    account.contact.title = ""
    account.individual_types = [IdName("1"), IdName("4")]
    await neon.update_individual_account(account)
    return emulator.account(emulator.account_ids()[0])


async def edits(neon: AsyncClient, emulator: Emulator) -> Any:
    def rename(account: OrganizationAccount) -> OrganizationAccount:
        return attrs.evolve(account, organization_name="Renamed & Sons")

    def move(account: IndividualAccount) -> IndividualAccount:
        (account.contact.addresses or [])[0].city = "Elsewhere"
        return account

    company = await neon.create_organization_account(COMPANY)
    renamed = await neon.edit_organization_account(company, rename, accept_loss=CONSENTS)
    person = emulator.account_ids()[0]
    moved = await neon.edit_individual_account(person, move, accept_loss=CONSENTS)
    undone = await neon.undo_edit(moved, accept_loss=CONSENTS)
    return [(edit.before, edit.after, str(edit.diff)) for edit in (renamed, moved, undone)]


async def logged_activity(neon: AsyncClient, emulator: Emulator) -> Any:
    activity = Activity(
        subject="Call",
        note="<b>&amp;</b>\r\nbye ",
        start_date_time=NOW,
        client_id=emulator.account_ids()[0],
        activity_status=IdName("1"),
        activity_priority="High",
        time_zone_offset=-5,
    )
    number = await neon.add_activity(activity)
    added = await neon.retrieve_activity(number)
    await neon.update_activity(attrs.evolve(activity, activity_id=number, subject="Longer call"))
    return [added, await neon.retrieve_activity(number)]


async def refusals(neon: AsyncClient, emulator: Emulator) -> Any:
    errors: list[Any] = []
    emulator.fail_next(method="listStates", code=5)
    emulator.fail_next(method="listGenders", code=2, times=9)
    for attempt in (
        lambda: neon.retrieve_individual_account(999_999),
        neon.list_states,
        neon.list_genders,
        lambda: neon.update_individual_account(
            IndividualAccount(
                account_id=emulator.account_ids()[0],
                primary_contact=Contact(contact_id=1, first_name="A", last_name="B"),
            )
        ),
    ):
        with pytest.raises(APIError) as caught:
            await attempt()
        errors.append((type(caught.value), caught.value.code, str(caught.value)))
    return errors


async def expired_session(neon: AsyncClient, emulator: Emulator) -> Any:
    await neon.login()
    emulator.expire_sessions()
    created = await neon.create_organization_account(COMPANY)
    await neon.logout()
    return created, [request.method for request in emulator.requests]


async def wrong_key(neon: AsyncClient, emulator: Emulator) -> Any:
    emulator.fail_next(method="login", code=13)
    with pytest.raises(APIError) as caught:
        await neon.login()
    return type(caught.value), str(caught.value)


async def troubled_reads(neon: AsyncClient, emulator: Emulator) -> Any:
    await neon.login()
    for fault in [*FAULTS, {"status": 429}]:
        emulator.fail_next(method="listStates", **fault)
        assert await neon.list_states()
        emulator.fail_next(5, method="listStates", **fault)
        with pytest.raises(NeonError):
            await neon.list_states()
        emulator.clear_faults()
    return [request.method for request in emulator.requests]


async def troubled_writes(neon: AsyncClient, emulator: Emulator) -> Any:
    await neon.login()
    for processed in (True, False):
        for fault in FAULTS:
            emulator.fail_next(
                method="createOrganizationAccount",
                processed=processed,
                **fault,
            )
            with pytest.raises(OutcomeUnknownError):
                await neon.create_organization_account(COMPANY)
    emulator.fail_next(method="createOrganizationAccount", status=429)
    return await neon.create_organization_account(COMPANY), emulator.account_ids()


async def odd_values(neon: AsyncClient, emulator: Emulator) -> Any:
    person = {"dob": "20014-01-01", "deceased": "perhaps", "phone1Type": "FAX", "shoeSize": "44"}
    record = {"accountId": 7, "primaryContact": person, "url": None, "tags": {"tag": ["a", "b"]}}
    page = {"currentPage": 1, "pageSize": 7, "totalPage": 1, "totalResults": 1}
    emulator.add_method(
        "account/syncAccounts",
        {"individualAccounts": {"individualAccount": [record]}, "page": page},
    )
    (account,) = await neon.sync_accounts(time_from=LONG_AGO).collect()
    return account, unstructure(account), account.oddities


async def searches(neon: AsyncClient, _: Emulator) -> Any:
    found: list[Any] = [
        await neon.search_accounts(
            [("Email", "NOT_BLANK", "")], output_fields=["Account ID", "First Name", 45]
        ).collect(),
        await neon.search_activities([], output_fields=[]).collect(),
        await neon.search_donations([], output_fields=[]).collect(),
        await neon.search_events([], output_fields=["Event Name"]).collect(),
        await neon.search_memberships([], output_fields=["Account ID"]).collect(),
    ]
    assert all(found)
    return [[row.pairs for row in rows] for rows in found]


async def small_reads(neon: AsyncClient, _: Emulator) -> Any:
    row, *others = await neon.search_memberships([], output_fields=["Account ID"]).collect()
    event, *further = await neon.search_events([], output_fields=[]).collect()
    return [
        len(others),
        len(further),
        await neon.list_membership_history(int(row["Account ID"])),
        await neon.retrieve_event_attendees(int(event.id)).collect(),
        await neon.list_campaigns(),
        await neon.list_funds(),
        await neon.list_purposes(),
    ]


async def called_by_name(neon: AsyncClient, emulator: Emulator) -> Any:
    found = await neon.call(
        "account/retrieveIndividualAccount", {"accountId": emulator.account_ids()[0]}
    )
    return found["individualAccount"]["accountId"]


FLOWS: list[Flow] = [
    accounts,
    accounts_ahead,
    accounts_by_id,
    activities,
    changes,
    single_accounts,
    lists,
    creations,
    update,
    edits,
    logged_activity,
    refusals,
    expired_session,
    wrong_key,
    troubled_reads,
    troubled_writes,
    odd_values,
    searches,
    small_reads,
    called_by_name,
]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__)
async def test_same_over_both(flow: Flow) -> None:
    """Two organizations that are alike are asked over REST and over SOAP, and answer alike."""
    outcomes: list[Any] = []
    for protocol in ("REST", "SOAP"):
        quirks = Quirks(strict_soap=True)
        with Emulator(40, 20, clock=Clock(NOW), quirks=quirks) as emulator:
            async with client(emulator, protocol) as neon:
                outcomes.append(await flow(neon, emulator))

    over_rest, over_soap = outcomes
    assert over_rest == over_soap
