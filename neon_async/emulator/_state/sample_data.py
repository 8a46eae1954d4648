"""Names and places of synthetic records, of people who do not exist."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = {
    "F": _words("Ada Bea Cleo Dora Edda Fay Gwen Hana Ines Jade Kaya Lena Mona Nora Olga Pia"),
    "M": _words("Abel Bram Cato Dirk Elio Finn Gus Hugo Ivo Jens Kurt Levi Milo Nils Otis Paul"),
    "X": _words("Alex Blair Casey Drew Emery Flynn Gray Harper"),
}
LAST_NAMES = _words(
    "Ashdown Birch Cobble Dunmore Eastlake Fennel Greenhill Hollow Ironwood Juniper Kettle "
    "Larkspur Maplethorpe Nettle Oakley Primrose Quillfeather Rowan Sorrel Thistle Underhill "
    "Vetch Willowby Yarrow Zeller Müller Ó'Example Peña-Sample Иванова 王"
)
PREFIXES = {"F": "Ms.", "M": "Mr.", "X": "Mx."}
SUFFIXES = ("Jr.", "Sr.", "III", "PhD")
TITLES = ("Analyst", "Coordinator", "Director", "Head of Giving", "Treasurer")
DEPARTMENTS = ("Accounts", "Development", "Events", "Outreach")
STREETS = _words("Acorn Bramble Clover Daisy Elder Fern Gorse Hazel Ivy Jasmine")
STREET_KINDS = ("Street", "Avenue", "Lane", "Road", "Way")
PLACES = (
    ("AL", "Fernville", "Fern County", "05448"),
    ("CA", "Port Example", "Sample County", "94100"),
    ("MA", "North Sample", "Dunes County", "00120"),
    ("OH", "Akronym", "Summit County", "44300"),
    ("TX", "Dry Creek", "Prairie County", "75000"),
)
FOREIGN_PLACES = (
    ("222", "Little Sampling", "Kent", "CT0 0XX"),
    ("80", "Musterstadt", "Hessen", "01000"),
    ("102", "Mithal", "Baghdad", "10001"),
    ("117", "Mathal", "Beqaa", "65474"),
)
ORGANIZATION_WORDS = _words("Bright Common Evergreen Harbor Lighthouse Meadow River Stone")
ORGANIZATION_KINDS = ("Foundation", "Trust", "Library", "Works", "Society", "School")
# The API itself has been seen to leave a space after a user's name.
USERS = ("Lee Example", "Chester Sample", "Robin Test ", "Emulated Import")
SUBJECTS = ("Call back", "Send the annual report", "Meet for coffee", "Thank for the gift")
NOTES = ("", "Left a message.", "Asked for a receipt.\nSecond line.", "Prefers e-mail & post")
ACTIVITY_STATUSES = (
    {"id": "1", "name": "Completed"},
    {"id": "2", "name": "Not Started"},
    {"id": "3", "name": "In Progress"},
    {"id": "4", "name": "Deferred"},
)
CAMPAIGNS = ({"id": "11", "name": "Annual appeal"}, {"id": "12", "name": "Roof of the library"})
FUNDS = ({"id": "21", "name": "General"}, {"id": "22", "name": "Building"})
PURPOSES = ({"id": "26", "name": "Construction"}, {"id": "27", "name": "Scholarships"})
