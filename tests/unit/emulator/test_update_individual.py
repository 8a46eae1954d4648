"""updateIndividualAccount and createIndividualAccount: what is kept, deleted and refused."""

from typing import Any

import pytest

from neon_async.emulator import Emulator, Quirks
from tests.support.emulator_caller import Caller

UPDATE, CREATE = "account/updateIndividualAccount", "account/createIndividualAccount"
PERSON, LINKED, ORGANIZATION = 10_001, 10_002, 10_008
ACCOUNT, CONTACT = "individualAccount.", "individualAccount.primaryContact."
ADDRESS = f"{CONTACT}addresses.address."
TYPE = f"{ACCOUNT}individualTypes.individualType."

NAME = (f"{CONTACT}firstName", "Ada"), (f"{CONTACT}lastName", "Example")
WHO = (f"{ACCOUNT}accountId", str(PERSON)), (f"{CONTACT}contactId", str(PERSON + 1651)), *NAME
READ_ONLY = "accountId", "createdDateTime", "createdBy"
EMPTY = {
    "lastModifiedDateTime": "2024-05-06T15:08:09.010+08:00",
    "lastModifiedBy": "API User",
    "accountId": PERSON,
    "primaryContact": {
        "contactId": PERSON + 1651,
        "firstName": "Ada",
        "lastName": "Example",
        "middleName": "",
        "deceased": False,
        "addresses": {"address": []},
    },
    "noSolicitation": False,
    "customFieldDataList": {"customFieldData": []},
    "source": {},
    "individualTypes": {"individualType": []},
}
HOME = (
    (f"{ADDRESS}isPrimaryAddress", "true"),
    (f"{ADDRESS}addressType.Name", "home"),
    (f"{ADDRESS}addressLine1", "1 Acorn Street"),
    (f"{ADDRESS}addressLine2", "b"),
    (f"{ADDRESS}addressLine3", "c"),
    (f"{ADDRESS}addressLine4", "d"),
    (f"{ADDRESS}city", "Fernville"),
    (f"{ADDRESS}state.code", "AL"),
    (f"{ADDRESS}province", "ignored beside a state"),
    (f"{ADDRESS}county", "Fern County"),
    (f"{ADDRESS}country.id", "1"),
    (f"{ADDRESS}zipCode", "05448"),
    (f"{ADDRESS}zipCodeSuffix", "0012"),
    (f"{ADDRESS}startDate", "2020-02-29"),
    (f"{ADDRESS}endDate", "2021-01-01"),
)
EVERYTHING = (
    *WHO,
    (f"{CONTACT}middleName", "B."),
    (f"{CONTACT}prefix", "Dr."),
    (f"{CONTACT}suffix", "PhD"),
    (f"{CONTACT}preferredName", "Addie"),
    (f"{CONTACT}salutation", "Dear Dr. Example"),
    (f"{CONTACT}email1", "ada1@example.org"),
    (f"{CONTACT}email2", "ada2@example.org"),
    (f"{CONTACT}email3", "ada3@example.org"),
    (f"{CONTACT}phone1", "0422938473"),
    (f"{CONTACT}phone1Type", "Home"),
    (f"{CONTACT}phone2", "216 555-0102"),
    (f"{CONTACT}phone2Type", "Work"),
    (f"{CONTACT}phone3", "216 555-0103"),
    (f"{CONTACT}phone3Type", "Mobile"),
    (f"{CONTACT}fax", "216 555-0104"),
    (f"{CONTACT}dob", "1988-10-16"),
    (f"{CONTACT}gender.code", "F"),
    (f"{CONTACT}deceased", "true"),
    (f"{CONTACT}title", "Analyst"),
    (f"{CONTACT}department", "Events"),
    *HOME,
    (f"{ACCOUNT}noSolicitation", "true"),
    (f"{ACCOUNT}url", "https://example.org/?a=1&b=2"),
    (f"{ACCOUNT}login.username", "ada"),
    (f"{ACCOUNT}login.password", "fake-password"),
    (f"{ACCOUNT}login.orgId", "fake-org"),
    (f"{ACCOUNT}source.name", "event"),
    (f"{ACCOUNT}existingOrganizationId", str(ORGANIZATION)),
    (f"{TYPE}id", "1"),
    (f"{TYPE}name", ""),
    (f"{TYPE}id", ""),
    (f"{TYPE}name", "Member"),
    (f"{ACCOUNT}twitterPage", "https://example.org/t"),
    (f"{ACCOUNT}facebookPage", "https://example.org/f"),
)
NEVER_BLANK = "phone1Type", "phone2Type", "phone3Type", "dob", "startDate", "endDate"
BLANK = (
    *WHO,
    *{(name, ""): None for name, _ in EVERYTHING[len(WHO) :] if not name.endswith(NEVER_BLANK)},
)
"""Every parameter that may be blank, blank."""


def record(emulator: Emulator, number: int = PERSON) -> dict[str, Any]:
    found = emulator.account(number)
    assert found is not None
    return found


def addresses(emulator: Emulator, number: int = PERSON) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = record(emulator, number)["primaryContact"]["addresses"]["address"]
    return found


async def test_update_stores_every_documented_parameter(emulator: Emulator, api: Caller) -> None:
    """Each parameter of the page comes back when the account is retrieved."""
    before = record(emulator)

    payload = await api(UPDATE, *EVERYTHING)

    assert {
        "operationResult": "SUCCESS",
        "responseMessage": "Account updated.",
        "responseDateTime": "2024-05-06T15:08:09.010+08:00",
        "accountId": PERSON,
    } == payload
    retrieved = await api("account/retrieveIndividualAccount", ("accountId", str(PERSON)))
    assert {
        "lastModifiedDateTime": "2024-05-06T15:08:09.010+08:00",
        "lastModifiedBy": "API User",
        "accountId": PERSON,
        "primaryContact": {
            "contactId": PERSON + 1651,
            "firstName": "Ada",
            "lastName": "Example",
            "middleName": "B.",
            "prefix": "Dr.",
            "suffix": "PhD",
            "preferredName": "Addie",
            "salutation": "Dear Dr. Example",
            "email1": "ada1@example.org",
            "email2": "ada2@example.org",
            "email3": "ada3@example.org",
            "phone1": "0422938473",
            "phone1Type": "HOME",
            "phone2": "216 555-0102",
            "phone2Type": "WORK",
            "phone3": "216 555-0103",
            "phone3Type": "MOBILE",
            "fax": "216 555-0104",
            "dob": "1988-10-16",
            "gender": {"code": "F", "name": "Female"},
            "deceased": True,
            "title": "Analyst",
            "department": "Events",
            "addresses": {
                "address": [
                    {
                        "addressId": addresses(emulator)[0]["addressId"],
                        "isPrimaryAddress": True,
                        "isShippingAddress": False,
                        "addressType": {"id": "1", "name": "Home"},
                        "addressLine1": "1 Acorn Street",
                        "addressLine2": "b",
                        "addressLine3": "c",
                        "addressLine4": "d",
                        "city": "Fernville",
                        "state": {"code": "AL", "name": "Alabama"},
                        "province": "",
                        "county": "Fern County",
                        "country": {"id": "1", "name": "United States of America"},
                        "zipCode": "05448",
                        "zipCodeSuffix": "0012",
                        "startDate": "2020-02-29",
                        "endDate": "2021-01-01",
                    }
                ]
            },
        },
        "noSolicitation": True,
        "customFieldDataList": {"customFieldData": []},
        "source": {"id": "3", "name": "Event"},
        "individualTypes": {
            "individualType": [{"id": "1", "name": "Donor"}, {"id": "3", "name": "Member"}]
        },
        "createdDateTime": before["createdDateTime"],
        "createdBy": before["createdBy"],
        "url": "https://example.org/?a=1&b=2",
        "login": {"username": "ada", "orgId": "fake-org"},
        "existingOrganizationId": ORGANIZATION,
        "twitterPage": "https://example.org/t",
        "facebookPage": "https://example.org/f",
    } == retrieved["individualAccount"]


@pytest.mark.parametrize("pairs", [WHO, BLANK], ids=["omitted", "blank"])
async def test_update_deletes_what_is_omitted_or_blank(
    emulator: Emulator, api: Caller, pairs: tuple[tuple[str, str], ...]
) -> None:
    """Danger!, as the page says: only what is named and filled survives."""
    await api(UPDATE, *EVERYTHING)
    before = record(emulator)

    await api(UPDATE, *pairs)

    assert EMPTY | {name: before[name] for name in READ_ONLY} == record(emulator)


async def test_blank_types_delete_types(emulator: Emulator, api: Caller) -> None:
    """A single blank type is no type."""
    await api(UPDATE, *EVERYTHING)

    await api(UPDATE, *WHO, (f"{TYPE}id", ""), (f"{TYPE}name", ""))

    assert {"individualType": []} == record(emulator)["individualTypes"]


@pytest.mark.parametrize("number", ["", "x", "99", str(ORGANIZATION), "²"])
async def test_account_id_must_be_an_individual(api: Caller, number: str) -> None:
    """A missing id, and one that is no individual's, have their codes."""
    pairs = (f"{ACCOUNT}accountId", number), (f"{CONTACT}contactId", "1"), *NAME
    expected = 10031 if number else 10030

    assert [expected] == await api.codes(UPDATE, *pairs)
    assert [expected] == await api.codes("account/retrieveIndividualAccount", ("accountId", number))


@pytest.mark.parametrize(("number", "code"), [("", 10024), ("x", 10025), ("11653", 10025)])
async def test_contact_id_must_be_the_accounts_own(api: Caller, number: str, code: int) -> None:
    """The contact id is required, and belongs to the account."""
    pairs = (f"{ACCOUNT}accountId", str(PERSON)), (f"{CONTACT}contactId", number), *NAME

    assert [code] == await api.codes(UPDATE, *pairs)


@pytest.mark.parametrize(
    ("pairs", "codes"),
    [
        ([(f"{CONTACT}gender.code", "?")], [10007]),
        ([(f"{CONTACT}gender.name", "?")], [10007]),
        ([(f"{CONTACT}gender.code", "F"), (f"{CONTACT}gender.name", "Male")], [10007]),
        ([(f"{ADDRESS}isPrimaryAddress", "true"), (f"{ADDRESS}addressType.id", "99")], [10008]),
        ([(f"{ADDRESS}isPrimaryAddress", "true"), (f"{ADDRESS}addressType.Name", "?")], [10008]),
        ([(f"{ADDRESS}isPrimaryAddress", "true"), (f"{ADDRESS}country.name", "?")], [10009]),
        ([(f"{ADDRESS}isPrimaryAddress", "true"), (f"{ADDRESS}state.code", "??")], [10010]),
        ([(f"{ACCOUNT}login.password", "fake-password")], [10011]),
        ([(f"{ACCOUNT}login.username", "ada")], [10013]),
        ([(f"{ACCOUNT}source.id", "99")], [10014]),
        ([(f"{TYPE}id", "99")], [10006]),
        ([(f"{TYPE}id", "1"), (f"{TYPE}id", "1")], [10022]),
        ([(f"{TYPE}id", "1"), (f"{TYPE}id", "")], [10005]),
        ([(f"{ACCOUNT}existingOrganizationId", "99")], [10003]),
        ([(f"{ACCOUNT}existingOrganizationId", str(LINKED))], [10003]),
        ([(f"{ACCOUNT}existingOrganizationId", "x")], [10003]),
        (
            [
                (f"{ACCOUNT}existingOrganizationId", str(ORGANIZATION)),
                (f"{ACCOUNT}organizationName", "Acme"),
            ],
            [10004],
        ),
        ([(f"{ADDRESS}city", "Fernville")], [10023]),
        (
            [
                (f"{ADDRESS}isPrimaryAddress", "true"),
                (f"{ADDRESS}city", "A"),
                (f"{ADDRESS}isPrimaryAddress", "true"),
                (f"{ADDRESS}city", "B"),
            ],
            [10023],
        ),
        (
            [
                (f"{ADDRESS}isPrimaryAddress", "true"),
                (f"{ADDRESS}addressType.id", "99"),
                (f"{ADDRESS}isPrimaryAddress", ""),
                (f"{ADDRESS}addressType.id", "98"),
            ],
            [10008],
        ),
        ([(f"{CONTACT}gender.code", "?"), (f"{ACCOUNT}source.id", "99")], [10007, 10014]),
    ],
)
@pytest.mark.parametrize("path", [UPDATE, CREATE])
async def test_documented_rules_have_their_codes(
    emulator: Emulator, api: Caller, path: str, pairs: list[tuple[str, str]], codes: list[int]
) -> None:
    """A broken rule is answered with its code, and changes nothing."""
    before = emulator.account(PERSON), emulator.account_ids()
    required = WHO if path == UPDATE else NAME

    assert codes == await api.codes(path, *required, *pairs)
    assert before == (emulator.account(PERSON), emulator.account_ids())


@pytest.mark.parametrize("path", [UPDATE, CREATE])
async def test_names_are_required(api: Caller, path: str) -> None:
    """Several broken rules come as several errors."""
    pairs = WHO[:2] if path == UPDATE else ()

    assert [10001, 10002] == await api.codes(path, *pairs)
    assert [10002] == await api.codes(path, *pairs, NAME[0], (NAME[1][0], ""))


@pytest.mark.parametrize(
    "pair",
    [
        (f"{CONTACT}phone1Type", "Pager"),
        (f"{CONTACT}phone1Type", ""),
        (f"{CONTACT}dob", ""),
        (f"{CONTACT}dob", "16.10.1988"),
        (f"{CONTACT}dob", "1988-02-30"),
        (f"{CONTACT}deceased", "yes"),
        (f"{ACCOUNT}noSolicitation", "1"),
        (f"{ADDRESS}startDate", "today"),
        (f"{ADDRESS}endDate", ""),
        ("consentInformation.smsConsentStatus", "MAYBE"),
        ("sendAcknowledgeEmail", "yes"),
        (f"{CONTACT}firstName", "twice"),
    ],
)
async def test_malformed_values_are_refused(api: Caller, pair: tuple[str, str]) -> None:
    """Values that no code is documented for get code 1, and a text that names the parameter."""
    text = await api.complaint(UPDATE, *WHO, (f"{ADDRESS}isPrimaryAddress", "true"), pair)

    assert pair[0] in text


async def test_blanks_in_repeated_groups_keep_positions(emulator: Emulator, api: Caller) -> None:
    """A blank date is refused by itself, and only holds a place among others."""
    pairs = [
        (f"{ADDRESS}isPrimaryAddress", "true"),
        (f"{ADDRESS}city", "Fernville"),
        (f"{ADDRESS}startDate", ""),
        (f"{ADDRESS}isPrimaryAddress", "false"),
        (f"{ADDRESS}city", ""),
        (f"{ADDRESS}startDate", "2020-01-02"),
    ]

    await api(UPDATE, *WHO, *pairs)

    first, second = addresses(emulator)
    assert ("Fernville", None) == (first["city"], first.get("startDate"))
    assert (None, "2020-01-02") == (second.get("city"), second["startDate"])


async def test_blank_dates_can_be_refused(emulator: Emulator, api: Caller) -> None:
    """A quirk refuses them also where they hold a place; what has none needs no blank."""
    emulator.quirks = Quirks(blank_dates_refused=True)
    dated = [(f"{ADDRESS}city", "A"), (f"{ADDRESS}endDate", "2020-01-02")]
    other, blank = (f"{ADDRESS}city", "B"), (f"{ADDRESS}endDate", "")
    primary = (f"{ADDRESS}isPrimaryAddress", "true"), (f"{ADDRESS}isPrimaryAddress", "false")

    complaint = await api.complaint(UPDATE, *WHO, *primary, other, blank, *dated)
    await api(UPDATE, *WHO, *primary, *dated, other)

    assert "endDate must not be blank; leave it out" in complaint
    assert ["2020-01-02", None] == [one.get("endDate") for one in addresses(emulator)]


async def test_groups_must_not_tear(api: Caller) -> None:
    """Parameters of addresses that don't pair up are refused, not guessed at."""
    pairs = (f"{ADDRESS}city", "A"), (f"{ADDRESS}city", "B"), (f"{ADDRESS}county", "C")

    assert "city 2, county 1" in await api.complaint(UPDATE, *WHO, *pairs)


async def test_addresses_without_id_are_new(emulator: Emulator, api: Caller) -> None:
    """The same address sent twice without its id is stored under two ids."""
    await api(UPDATE, *WHO, *HOME)
    (first,) = addresses(emulator)
    await api(UPDATE, *WHO, *HOME)
    (second,) = addresses(emulator)

    assert first["addressId"] != second["addressId"]
    assert first == second | {"addressId": first["addressId"]}


async def test_addresses_with_id_are_replaced(emulator: Emulator, api: Caller) -> None:
    """With its id an address stays itself, and loses what is omitted or blank."""
    await api(UPDATE, *WHO, *HOME)
    (before,) = addresses(emulator)
    own = (f"{ADDRESS}addressId", str(before["addressId"]))

    await api(
        UPDATE, *WHO, own, (f"{ADDRESS}isPrimaryAddress", "true"), (f"{ADDRESS}province", "X")
    )

    assert [
        {
            "addressId": before["addressId"],
            "isPrimaryAddress": True,
            "isShippingAddress": False,
            "province": "X",
        }
    ] == addresses(emulator)


async def test_addresses_are_told_apart(emulator: Emulator, api: Caller) -> None:
    """Of two addresses, each is updated under its own id, and an omitted one is deleted."""
    two = [
        (f"{ADDRESS}isPrimaryAddress", "true"),
        (f"{ADDRESS}city", "Fernville"),
        (f"{ADDRESS}isPrimaryAddress", "false"),
        (f"{ADDRESS}city", "Dry Creek"),
    ]
    await api(UPDATE, *WHO, *two)
    first, second = addresses(emulator)
    pairs = [
        (f"{ADDRESS}addressId", str(second["addressId"])),
        (f"{ADDRESS}isPrimaryAddress", "true"),
        (f"{ADDRESS}city", "Akronym"),
    ]

    await api(UPDATE, *WHO, *pairs)

    assert [second["addressId"]] == [address["addressId"] for address in addresses(emulator)]
    assert first["addressId"] != second["addressId"]


async def test_an_address_id_alone_keeps_the_address(emulator: Emulator, api: Caller) -> None:
    """The page allows the id to stand instead of the address fields."""
    await api(UPDATE, *WHO, *HOME)
    before = addresses(emulator)

    await api(UPDATE, *WHO, (f"{ADDRESS}addressId", str(before[0]["addressId"])))

    assert before == addresses(emulator)


async def test_shipping_fields_of_individuals_are_kept(emulator: Emulator, api: Caller) -> None:
    """No parameter of this update says them, so it neither sets nor deletes them."""
    shipping = {
        "isShippingAddress": True,
        "shippingCompanyName": "Example Parcels",
        "shippingDeliverTo": "The porter",
    }
    number = emulator.create_individual(
        primaryContact={"addresses": {"address": [{"city": "Fernville", **shipping}]}}
    )
    (address,) = addresses(emulator, number)
    pairs = [
        (f"{ACCOUNT}accountId", str(number)),
        (f"{CONTACT}contactId", str(number + 1651)),
        *NAME,
        (f"{ADDRESS}addressId", str(address["addressId"])),
        (f"{ADDRESS}isPrimaryAddress", "true"),
        (f"{ADDRESS}isShippingAddress", "false"),
        (f"{ADDRESS}city", "Akronym"),
    ]

    await api(UPDATE, *pairs)

    (changed,) = addresses(emulator, number)
    assert shipping == {name: changed[name] for name in shipping}
    assert "Akronym" == changed["city"]


@pytest.mark.parametrize("pair", [("", 10036), ("x", 10036), ("999999999", 10036)])
async def test_unknown_address_ids_are_refused(api: Caller, pair: tuple[str, int]) -> None:
    """An address id that nobody has is invalid; a blank one means a new address."""
    given, code = pair
    pairs = (f"{ADDRESS}addressId", given), (f"{ADDRESS}isPrimaryAddress", "true")

    if given:
        assert code in await api.codes(UPDATE, *WHO, *pairs)
    else:
        await api(UPDATE, *WHO, *pairs)


async def test_address_ids_of_others_are_refused(emulator: Emulator, api: Caller) -> None:
    """An id that belongs to another contact has a code of its own, wherever it comes from."""
    synthetic = next(
        found[0]["addressId"]
        for one in range(PERSON + 1, PERSON + 7)
        if (found := addresses(emulator, one))
    )
    stored = emulator.create_individual(primaryContact={"addresses": {"address": [{"city": "A"}]}})
    added = addresses(emulator, stored)[0]["addressId"]
    primary = (f"{ADDRESS}isPrimaryAddress", "true")

    for number in (synthetic, added):
        pairs = (f"{ADDRESS}addressId", str(number)), primary
        assert [10037] == await api.codes(UPDATE, *WHO, *pairs)
    emulator.delete_account(stored)
    gone = (f"{ADDRESS}addressId", str(added)), primary
    assert [10036] == await api.codes(UPDATE, *WHO, *gone)


async def test_removed_addresses_are_gone(emulator: Emulator, api: Caller) -> None:
    """The id of an address that was removed belongs to nobody any more."""
    await api(UPDATE, *WHO, *HOME)
    (before,) = addresses(emulator)
    await api(UPDATE, *WHO)

    pairs = (f"{ADDRESS}addressId", str(before["addressId"])), (f"{ADDRESS}city", "A")
    assert 10036 in await api.codes(UPDATE, *WHO, *pairs)


async def test_an_address_id_is_given_once(emulator: Emulator, api: Caller) -> None:
    """One address can't be two."""
    await api(UPDATE, *WHO, *HOME)
    own = (f"{ADDRESS}addressId", str(addresses(emulator)[0]["addressId"]))

    assert "twice" in await api.complaint(UPDATE, *WHO, own, own)


async def test_login_names_are_taken_once(emulator: Emulator, api: Caller) -> None:
    """A login name of somebody else is refused, a synthetic one too; one's own is not."""
    login = (f"{ACCOUNT}login.username", "ada"), (f"{ACCOUNT}login.password", "fake-password")
    synthetic = next(
        found["login"]["username"]
        for one in emulator.account_ids()[1:]
        if "login" in (found := record(emulator, one))
    )
    await api(UPDATE, *WHO, *login)
    await api(UPDATE, *WHO, *login)

    assert [10012] == await api.codes(CREATE, *NAME, *login)
    taken = (f"{ACCOUNT}login.username", synthetic), login[1]
    assert [10012] == await api.codes(CREATE, *NAME, *taken)
    free = (f"{ACCOUNT}login.username", "user99"), login[1]
    await api(CREATE, *NAME, *free)
    await api(UPDATE, *WHO)
    await api(CREATE, *NAME, *login)


async def test_a_synthetic_login_name_without_login_is_free(
    emulator: Emulator, api: Caller
) -> None:
    """Only accounts that have a login take a name."""
    without = next(one for one in emulator.account_ids() if "login" not in record(emulator, one))
    login = (
        (f"{ACCOUNT}login.username", f"user{without}"),
        (f"{ACCOUNT}login.password", "fake-password"),
    )

    await api(CREATE, *NAME, *login)


@pytest.mark.parametrize("keep", [False, True])
async def test_login_is_deleted_unless_a_quirk_keeps_it(
    emulator: Emulator, api: Caller, *, keep: bool
) -> None:
    """Literally the page deletes an omitted login; a quirk is kinder."""
    emulator.quirks = Quirks(keep_login=keep)
    await api(UPDATE, *EVERYTHING)

    await api(UPDATE, *WHO)

    assert keep == ("login" in record(emulator))


async def test_consent_is_stored_and_falls_back(emulator: Emulator, api: Caller) -> None:
    """Consent that a request omits becomes NOT_ASKED, as the page says."""
    names = [f"{kind}ConsentStatus" for kind in ("email", "phone", "mail", "sms", "dataSharing")]
    given = [
        ("consentInformation.emailConsentStatus", "GIVEN"),
        ("consentInformation.dataSharingConsentStatus", "DECLINED"),
    ]

    await api(UPDATE, *WHO, *given)
    assert ["GIVEN", "NOT_ASKED", "NOT_ASKED", "NOT_ASKED", "DECLINED"] == [
        (emulator.consent(PERSON) or {})[name] for name in names
    ]
    await api(UPDATE, *WHO)
    assert dict.fromkeys(names, "NOT_ASKED") == emulator.consent(PERSON)
    assert emulator.consent(99) is None


async def test_planted_fields_are_lost_by_an_update(emulator: Emulator, api: Caller) -> None:
    """What no parameter can say is deleted: a client must refuse to write such a record."""
    emulator.change_account(PERSON, planted="x", primaryContact={"addresses": None, "odd": 1})

    await api(UPDATE, *WHO)

    assert "planted" not in record(emulator)
    assert "odd" not in record(emulator)["primaryContact"]


async def test_create_stores_a_new_account(emulator: Emulator, api: Caller) -> None:
    """A created account has new ids and knows who created it."""
    payload = await api(CREATE, *NAME, (f"{ACCOUNT}organizationName", "Acme"), *HOME)

    number = payload["accountId"]
    found = record(emulator, number)
    assert "individual account created." == payload["responseMessage"]
    assert number == emulator.account_ids()[-1] == found["accountId"]
    assert number + 1651 == found["primaryContact"]["contactId"]
    assert ("2024-05-06T15:08:09.010+08:00", "API User", "Acme") == (
        found["createdDateTime"],
        found["createdBy"],
        found["organizationName"],
    )
    assert isinstance(addresses(emulator, number)[0]["addressId"], int)
