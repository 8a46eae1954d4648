"""Which account a command is about: an id, or the e-mail address of exactly one."""

from neon_async.cli._common import CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._event_loop import run_async
from neon_async.cli._not_found import NoSuchRecordError
from neon_async.errors import InvalidRequestError

_FEW = 10


def account_id(account: int | str, common: CommonOptions) -> int:
    """Return the id of an account that is given by its id or by its e-mail address.

    Raises:
        NoSuchRecordError: no account has the address.
        InvalidRequestError: several accounts have it.
    """
    return account if isinstance(account, int) else run_async(_find, account, common)


async def _find(email: str, common: CommonOptions) -> int:
    async with connect(common) as neon:
        search = neon.search_accounts([("Email", "EQUAL", email)], output_fields=[])
        # An account comes more than once where v1 has one row for each of its addresses.
        ids = {row.id: None async for row in search}
    match list(ids):
        case [account_id]:
            return account_id
        case []:
            raise NoSuchRecordError("no account has this e-mail address")
        case account_ids:
            more = ", …" if len(account_ids) > _FEW else ""
            listed = ", ".join(map(str, account_ids[:_FEW])) + more
            message = f"{len(account_ids)} accounts have this e-mail address; pass one id: {listed}"
            raise InvalidRequestError(message)
