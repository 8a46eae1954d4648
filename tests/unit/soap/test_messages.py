"""From the pairs of a form to the XML of a message."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_async.errors import InvalidRequestError
from neon_async.soap.messages import write_message
from neon_async.soap.types import Method, find_method, paths
from tests.support.soap_pairs import pairs_of
from tests.support.soap_schema import canonical, message_of, sample, schema

PERSON = "individualAccount.primaryContact."
ADDRESS = f"{PERSON}addresses.address."
FIELD = "individualAccount.customFieldDataList.customFieldData."
# What XML can hold, but for a carriage return: lxml, too, takes that as such for a line's end.
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]))


def method(path: str) -> Method:
    found = find_method(path)
    assert found is not None
    return found


UPDATE = method("account/updateIndividualAccount")


def inside(pairs: list[tuple[str, str]], of: Method = UPDATE) -> str:
    """What a message holds, as text without its envelope."""
    text = write_message(of, pairs).decode()
    return text.partition(f"<neon:{of.request.name}>")[2].partition("</neon:")[0]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("common/login", "login-request"),
        ("account/updateIndividualAccount", "updateIndividualAccount-request"),
        ("account/createOrganizationAccount", "createOrganizationAccount-request"),
        ("account/syncAccounts", "syncAccounts-request"),
    ],
)
def test_complete_samples(path: str, name: str) -> None:
    """The form of a sample becomes that sample, and is valid."""
    pairs = pairs_of(message_of(sample(name)))
    written = write_message(method(path), pairs)

    assert canonical(sample(name)) == canonical(written)
    schema().assertValid(message_of(written))


@pytest.mark.parametrize("name", ["updateIndividualAccount", "createOrganizationAccount"])
def test_samples_of_the_reference_pages(name: str) -> None:
    """The samples of the pages, with tags in lower case and Body in the Header."""
    page = sample(f"page-{name}").decode()
    page = re.sub(r"<soapenv:header>\s*", "<soapenv:header/>", page)
    page = re.sub(r"</soapenv:body>\s*</soapenv:header>", "</soapenv:body>", page)
    page = page.replace("soapenv:envelope", "soapenv:Envelope")
    page = page.replace("soapenv:body", "soapenv:Body")
    written = write_message(method(f"account/{name}"), pairs_of(message_of(page.encode())))
    lowered = re.sub(r"</?[\w:]+", lambda tag: tag[0].lower(), written.decode())
    lowered = lowered.replace("soapenv:envelope", "soapenv:Envelope")
    lowered = lowered.replace("soapenv:body", "soapenv:Body")

    assert canonical(page.encode()) == canonical(lowered.encode())
    schema().assertValid(message_of(written))


@given(st.permutations(pairs_of(message_of(sample("createOrganizationAccount-request")))))
def test_any_order_of_pairs(pairs: list[tuple[str, str]]) -> None:
    """Elements stand in the schema's order, whatever the order of the form."""
    written = write_message(method("account/createOrganizationAccount"), pairs)

    assert canonical(sample("createOrganizationAccount-request")) == canonical(written)


@given(st.lists(st.fixed_dictionaries({"city": TEXTS, "zipCode": TEXTS}), min_size=1, max_size=4))
def test_any_text_survives(addresses: list[dict[str, str]]) -> None:
    """What is written is read back by another reader, each text in its member of the group."""
    pairs = [(f"{ADDRESS}{name}", text) for one in addresses for name, text in one.items()]
    read = message_of(write_message(UPDATE, pairs)).iter("address")
    kept = [one for one in addresses if any(one.values())]
    back = [{child.tag: child.text or "" for child in one if child.text} for one in read]

    assert [{name: text for name, text in one.items() if text} for one in kept] == [
        one for one in back if one
    ]


def test_line_ends_survive() -> None:
    """A carriage return is written so that no reader takes it for the end of a line."""
    written = write_message(method("account/addActivity"), [("Activity.note", "a\r\nb\rc\td")])

    assert "a\r\nb\rc\td" == message_of(written).findtext("activity/note")


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(f"{PERSON}phone1", "")], "<phone1></phone1>"),
        ([(f"{PERSON}phone1Type", ""), (f"{PERSON}dob", ""), (f"{PERSON}deceased", "")], ""),
        ([("individualAccount.existingOrganizationId", "")], ""),
        ([("individualAccount.source.id", "")], "<source><id></id></source>"),
        ([(f"{PERSON}addresses", "")], "<addresses></addresses>"),
        ([(f"{ADDRESS}city", ""), (f"{ADDRESS}startDate", "")], "<city></city>"),
    ],
)
def test_blanks_are_for_text_only(pairs: list[tuple[str, str]], expected: str) -> None:
    """A blank text is an empty element; what can't be blank by the schema is left out."""
    written = inside(pairs)

    empty = re.findall(r"<(\w+)></\1>", written)

    assert expected in written
    assert re.findall(r"<(\w+)></", expected) == empty


def test_placeholders_are_left_out() -> None:
    """A blank that another member of the group has a value for only kept the form together."""
    pairs = [
        *((f"{ADDRESS}{name}", text) for name, text in [("city", "Akron"), ("zipCode", "")]),
        *((f"{ADDRESS}{name}", text) for name, text in [("city", ""), ("zipCode", "05448")]),
    ]

    assert (
        "<address><city>Akron</city></address><address><zipCode>05448</zipCode></address>"
        in inside(pairs)
    )


def test_blanks_of_all_members_are_meant() -> None:
    """A blank that no member of the group has a value for is one that deletes."""
    pairs = 2 * [(f"{ADDRESS}city", "Akron"), (f"{ADDRESS}county", "")]

    assert 2 == inside(pairs).count("<city>Akron</city><county></county>")


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("47", "", "<fieldOptionId>47</fieldOptionId>"),
        ("", "x", "<fieldValue>x</fieldValue>"),
        ("", "", "<fieldValue></fieldValue>"),
        ("47", "x", "<fieldValue>x</fieldValue><fieldOptionId>47</fieldOptionId>"),
    ],
)
def test_halves_of_custom_fields(option: str, value: str, expected: str) -> None:
    """Of value and option the one that says something is sent; a blank value deletes."""
    triple = [("fieldId", "1"), ("fieldOptionId", option), ("fieldValue", value)]
    pairs = [(f"{FIELD}{name}", text) for _ in "ab" for name, text in triple]

    assert 2 == inside(pairs).count(f"<fieldId>1</fieldId>{expected}</customFieldData>")


def test_custom_fields_without_all_parameters() -> None:
    """By hand, a custom field may have fewer."""
    assert "<fieldId>1</fieldId></c" in inside([(f"{FIELD}fieldId", "1")])
    assert "<fieldOptionId>2</fieldOptionId></c" in inside([(f"{FIELD}fieldOptionId", "2")])


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("consentInformation.emailConsentStatus", "GIVEN", "no such element"),
        ("individualAccount.nickname", "secret-nickname", "no such element"),
        ("individualAccount", "secret-nickname", "no such element"),
        (f"{PERSON}firstName", "secret\x0bnickname", "a character that XML can't hold"),
        (f"{PERSON}firstName", "secret\ufffenickname", "a character that XML can't hold"),
    ],
)
def test_what_has_no_place(name: str, text: str, problem: str) -> None:
    """What can't be said is refused by its name, and never quoted."""
    with pytest.raises(InvalidRequestError, match=problem) as caught:
        write_message(UPDATE, [(name, text)])

    assert (name, UPDATE.name) == (caught.value.parameter, caught.value.operation)
    assert "secret" not in str(caught.value)


def test_twice_where_once_is_meant() -> None:
    """What is no group can't be repeated."""
    with pytest.raises(InvalidRequestError, match="more than once"):
        write_message(UPDATE, 2 * [(f"{PERSON}firstName", "A")])


@pytest.mark.parametrize("name", ["Activity.subject", "activity.SUBJECT"])
def test_names_go_without_regard_to_case(name: str) -> None:
    """The pages mix cases; elements are spelled as the schema has them."""
    written = inside([(name, "Call")], method("account/addActivity"))

    assert "<activity><subject>Call</subject></activity>" == written


@pytest.mark.parametrize("path", paths())
def test_every_method_has_a_valid_least_message(path: str) -> None:
    """The session's id stands first, and messages go to the port of their section."""
    found = method(path)
    message = message_of(write_message(found, [("userSessionId", "s")]))

    assert ["userSessionId"] == [child.tag for child in message]
    assert f"{path.partition('/')[0].capitalize()}Service" == found.service


def test_unknown_methods() -> None:
    """What is not in the table is no method."""
    assert None is find_method("account/retrieveDuplicateMergeHistory")
