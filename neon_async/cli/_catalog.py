"""The commands: where each is, and what it does in a line.

They are named by text, so that neither help nor a mistyped word waits for what only some command
imports. Beside the client's own imports that is most of the time a short command takes.
"""

from typing import Final, NamedTuple


class Command(NamedTuple):
    """A command, as `module:name` inside this package, and its first line of help."""

    place: str
    summary: str


COMMANDS: Final = {
    "apply": Command(
        "_commands.apply:apply",
        "Make the changes of a plan, several accounts at once, and keep all other fields.",
    ),
    "completion": Command(
        "_commands.completion:completion",
        "Print the script with which a shell completes commands and options.",
    ),
    "create-organization": Command(
        "_commands.create_organization:create_organization",
        "Create an organization account, and print its id.",
    ),
    "demo": Command(
        "_commands.demo:demo",
        "Pull everything from an emulator in another process, then make a few changes.",
    ),
    "doctor": Command(
        "_commands.doctor:doctor",
        "Check your setup: credentials, POST, clock, page size, sorting, values and quota.",
    ),
    "edit": Command(
        "_commands.edit:edit", "Change some fields of an account, and keep all others."
    ),
    "emulator": Command(
        "_commands.emulator:emulator",
        "Serve an emulated NeonCRM v1 with synthetic people until Ctrl-C.",
    ),
    "help": Command("_commands.help:help_", "Show the help of a command, or explain a topic."),
    "lists": Command(
        "_commands.lists:lists", "Show one of the lists that fields refer to by id or code."
    ),
    "log-activity": Command(
        "_commands.log_activity:log_activity",
        "Log an activity with an account, and print its id.",
    ),
    "login": Command(
        "_commands.login:login",
        "Ask for credentials, try them, and store them in the system's keyring.",
    ),
    "logout": Command(
        "_commands.login:logout",
        "Remove the credentials for this NEON_BASE_URL from the system's keyring.",
    ),
    "merge-history": Command(
        "_commands.merge_history:merge_history",
        "Show an account's current id and the ids that were merged into it.",
    ),
    "plan": Command(
        "_commands.plan:plan",
        "Plan the changes of a spreadsheet, without writing anything to an account.",
    ),
    "pull": Command(
        "_commands.pull:app",
        "Pull records as NDJSON, one per line with v1's own JSON names, or in other formats.",
    ),
    "search": Command("_commands.search:search", "Search for records that meet all criteria."),
    "show": Command("_commands.show:show", "Show one account or activity."),
    "sync": Command(
        "_commands.sync:app",
        "Write the changes since the last run to a file or a database, without losing any.",
    ),
    "undo": Command(
        "_commands.undo:undo",
        "Undo an edit, or the edits of a journal, unless the account has changed since.",
    ),
}
