"""Draw up the page of all API methods, from `methods.tsv` and the operation classes.

Made by `python docs/methods_page.py`; a test compares the page with what this returns.
"""

from pathlib import Path

from neon_async import operations

PLACE = Path(__file__).parent
DATA, PAGE = PLACE / "methods.tsv", PLACE / "methods.md"

HEAD = """\
# All API methods

v1's own schema has {count} methods. {classes} of them have a class in
[`neon_async.operations`](api/operations.md) and a method of the client. All others are reached by
name:

```python
payload = await neon.call("account/listHouseHolds", {{"accountId": 10_001}})
```

`call` returns the payload as JSON values. A mapping is enough for most parameters; what repeats,
such as addresses, is sent as pairs in order. Names of parameters have dots for what is inside an
object (`page.currentPage`). **Donations and payments are not written by this package**: no class
creates one, and there is no protection against a double one. Through `call` a lost reply is an
`OutcomeUnknownError`, as with any write.

In the tables `?` is optional; `long`, `bool`, `date`, `dateTime` and `double` are XML Schema's
types, any other name is a type of v1's schema. *search* is the shape of [searches](search.md). Each
request has `userSessionId` too, which the client adds. Not in this schema, since they are newer:
`account/retrieveDuplicateMergeHistory`, for which there is a class, and the sections
`customObject`, `customObjectRecord` and `webhook`.
"""
TABLE = """
## {section}

| method | parameters | reply | here |
|---|---|---|---|
"""


def classes() -> dict[str, str]:
    """Return the class of each method that has one, by the method's path."""
    found = (getattr(operations, name) for name in operations.__all__)
    return {
        one.path: one.__name__
        for one in found
        if isinstance(one, type)
        and issubclass(one, operations.Operation)
        and isinstance(getattr(one, "path", None), str)
    }


def page() -> str:
    """Return the page."""
    rows = [line.split("\t") for line in DATA.read_text(encoding="utf-8").splitlines()[1:]]
    known = classes()
    made = sum(f"{section}/{method}" in known for section, method, *_ in rows)
    parts = [HEAD.format(count=len(rows), classes=made)]
    for section in dict.fromkeys(row[0] for row in rows):
        parts.append(
            f"\n## {section}\n\n| method | parameters | reply | here |\n|---|---|---|---|\n"
        )
        for _, method, parameters, reply in (row for row in rows if row[0] == section):
            name = known.get(f"{section}/{method}")
            here = f"`{name}`" if name else "`call`"
            parts.append(f"| `{method}` | {parameters} | {reply} | {here} |\n")
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
