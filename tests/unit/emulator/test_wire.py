"""Forms, envelopes and the JSON of 2012."""

from typing import Any

import pytest

from neon_async.emulator._wire.codes import RefusedError, refused
from neon_async.emulator._wire.messages import addresses, form, legacy, parse_pairs


def test_forms_keep_order_and_blanks() -> None:
    """Order and blanks carry meaning, so parsing loses neither."""
    pairs = parse_pairs("a=1&b=&a=2&c=%2B+x&d")

    assert [("a", "1"), ("b", ""), ("a", "2"), ("c", "+ x"), ("d", "")] == pairs


def test_fields_tell_omitted_from_blank() -> None:
    """What was not sent is None, and what was sent blank is empty."""
    fields = form([("a.x", ""), ("a.y", "1")]).below("a.")

    assert ("", "1", None) == (fields.get("x"), fields.get("y"), fields.get("z"))


def test_fields_are_given_once() -> None:
    """A single value that comes twice is a mistake worth telling."""
    with pytest.raises(RefusedError) as caught:
        form([("a.x", "1"), ("a.x", "2")]).below("a.").get("x")

    assert ((1, "a.x was given 2 times."),) == caught.value.problems


def test_groups_are_zipped_by_position() -> None:
    """Repeated parameters are parallel lists."""
    fields = form([("g.a", "1"), ("g.b", ""), ("g.a", ""), ("g.b", "4"), ("g.other", "5")])

    groups = fields.groups("g.", ("a", "b"))

    assert [("1", ""), ("", "4")] == [(group.get("a"), group.get("b")) for group in groups]
    assert [True, True] == [group.placeholders for group in groups]


def test_parameters_of_groups_may_end_early() -> None:
    """Of named parameters the last elements may have none; the others still must pair up."""
    fields = form([("g.a", "1"), ("g.date", "x"), ("g.a", "2")])

    first, second = fields.groups("g.", ("a", "date"), may_end=("date",))

    assert ("1", "x") == (first.get("a"), first.get("date"))
    assert ("2", None) == (second.get("a"), second.get("date"))


def test_groups_of_one_have_no_placeholders() -> None:
    """A blank in a group that occurs once is a blank."""
    (group,) = form([("g.a", "")]).groups("g.", ("a", "b"))

    assert not group.placeholders


def test_groups_must_not_tear() -> None:
    """Parameters that were not given equally often can't be told apart."""
    fields = form([("g.a", "1"), ("g.a", "2"), ("g.b", "3")])

    with pytest.raises(RefusedError) as caught:
        fields.groups("g.", ("a", "b"))

    assert "Each parameter of g.* must be given equally often: a 2, b 1." in str(
        caught.value.problems
    )


def test_refusals_have_the_documented_text() -> None:
    """A code brings its text along."""
    assert ((10001, "Contact first name is required."),) == refused(10001).problems


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ({"types": {"type": []}}, {}),
        ({"types": {"type": [1]}}, {"types": {"type": 1}}),
        ({"types": {"type": [1, 2]}}, {"types": {"type": [1, 2]}}),
        ({"source": {}}, {"source": {}}),
        ({"zipCode": "05448"}, {"zipCode": 5448}),
        ({"zipCode": "CT0 0XX"}, {"zipCode": "CT0 0XX"}),
        ({"phone1Type": "HOME"}, {"phone1Type": "Home"}),
        ({"activityPriority": "NORMAL"}, {"activityPriority": "Normal"}),
        ({"dataType": "MULTI_LINE_TEXT"}, {"dataType": "MultiLineText"}),
        ({"component": "ACCOUNT"}, {"component": "Account"}),
        ({"dob": "1988-10-16"}, {"dob": "1988-10-16-05:00"}),
        ({"dob": "unknown"}, {"dob": "unknown"}),
        (
            {"startDateTime": "2014-04-08T11:00:00.000-05:00"},
            {"startDateTime": "2014-04-08T16:00:00.000+0000"},
        ),
        ({"startDateTime": "soon"}, {"startDateTime": "soon"}),
        ({"deceased": False, "accountId": 7}, {"deceased": False, "accountId": 7}),
    ],
)
def test_legacy_json_differs_as_in_2012(new: Any, old: Any) -> None:
    """Every point in which the two generations differ is turned back."""
    assert old == legacy(new)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({}, []),
        ({"primaryContact": "nobody"}, []),
        ({"primaryContact": {"addresses": {"address": {"addressId": 1}}}}, [{"addressId": 1}]),
        ({"primaryContact": {"addresses": {"address": [{"addressId": 1}, 2]}}}, [{"addressId": 1}]),
    ],
)
def test_addresses_are_found_in_any_shape(record: Any, expected: list[Any]) -> None:
    """A planted record may collapse its lists, or have none."""
    assert expected == addresses(record)
