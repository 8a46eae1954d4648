"""Names in paths, as the command line and as v1 spell them."""

from typing import Final

CONSENT: Final = "consentInformation"
CUSTOM_FIELDS: Final = "customFieldDataList"
ITEMS: Final = {
    "addresses": "address",
    CUSTOM_FIELDS: "customFieldData",
    "individualTypes": "individualType",
    "organizationTypes": "organizationType",
}
"""Lists, and what v1 wraps each of their elements in."""


def clearing(name: str) -> str:
    """Return the path to clear for a name that an edit's `allow_clear` takes."""
    path, _, key = name.partition("=")
    for item, wrapper in ITEMS.items():
        head, separator, leaf = path.partition(f"{item}.{wrapper}.")
        if separator:
            # Types are cleared as a whole list; of other elements, whole ones go by their ids.
            whole = {"id", "name"} if item.endswith("Types") else {"addressId", "fieldId"}
            element = f"{head}{item}" if item.endswith("Types") else f"{head}{item}[{key}]"
            return element if leaf in whole else f"{element}.{leaf}"
    return path
