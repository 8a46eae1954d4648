"""Ways in which a server may differ from what the reference pages lead one to expect."""

from __future__ import annotations

from typing import Literal

import attrs


@attrs.frozen(kw_only=True)
class Quirks:
    """Deviations to test against, all of them off by default.

    Attributes:
        sort_column_ignored: replies are sorted by id whatever `page.sortColumn` says, which
            is echoed nevertheless.
        bounds: what a time range does with its ends: `"inclusive"`, `"exclusive"`, or
            `"seconds"`: inclusive, after cutting both ends down to whole seconds.
        commit_delay: seconds after which a change by a control method becomes visible. Its
            last-modified time stays that of its beginning, as with a slow transaction. A
            change through the API is visible as soon as it is answered.
        unmodified: so many of the first synthetic accounts have no last-modified time, as
            imported ones may.
        legacy_json: reply as in 2012: lists of one element collapse, empty ones are absent,
            text that looks like a number becomes one, `Home` for `HOME`, dates with an
            offset, timestamps in UTC as `+0000`.
        keep_login: updates keep the login name that they omit, instead of deleting it.
        blank_dates_refused: a blank date is refused also where it keeps a position in a repeated
            group, such as the `startDate` of the first of two addresses. One client met that.
        page_size_limit: the largest page, or None for the emulator's own limit.
        strict_soap: answer a SOAP message that is not valid against the schema with a fault
            `soap:Client`: elements out of order, unknown or missing, and values that are not of
            their type, blanks among them. Whether v1 checks any of that is a guess.
        exact_names: know parameters only as their pages spell them. Those pages mix cases
            (`login.orgid` and `login.orgId`), and public clients send what they like, so that by
            default case does not matter. What v1 does is a guess.
        exact_values: know values with few choices only as the pages spell them: `Home` and not
            `HOME`, `true` and not `TRUE`. Clients send back what they have read, which is in
            capitals, so that by default case does not matter. What v1 does is a guess.
        urlencoded_only: read no parameters from a body in `multipart/form-data`, which HTTP
            libraries send for forms without being asked. What v1 does is a guess.
        post_refused: answer a POST of a REST method with status 405: the pages show GET alone.
        fail_status: the HTTP status of a FAIL, which known clients do not look at.
        deleted_ids_limit: how many deleted ids a page lists at most, the earliest first; None
            for all. The pages name no limit.
        merged_ids_followed: the retrieve methods answer for a merged id with the account that it
            was merged into, instead of refusing it.
    """

    sort_column_ignored: bool = False
    bounds: Literal["inclusive", "exclusive", "seconds"] = "inclusive"
    commit_delay: float = 0.0
    unmodified: int = 0
    legacy_json: bool = False
    keep_login: bool = False
    blank_dates_refused: bool = False
    page_size_limit: int | None = None
    strict_soap: bool = False
    exact_names: bool = False
    exact_values: bool = False
    urlencoded_only: bool = False
    post_refused: bool = False
    fail_status: int = 200
    deleted_ids_limit: int | None = None
    merged_ids_followed: bool = False
