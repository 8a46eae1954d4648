"""Which account a command is about: an id, or the e-mail address of exactly one."""

from neon_async import AsyncClient, InvalidRequestError
from neon_async.cli._credentials import credentials
from neon_async.cli._interrupts import run_async

_FEW = 10


def account_id(account: int | str) -> int:
    """Return the id of an account that is given by its id or by its e-mail address.

    Raises:
        InvalidRequestError: no account has the address, or several do.
    """
    return account if isinstance(account, int) else run_async(_find, account)


async def _find(email: str) -> int:
    if "@" not in email:
        raise InvalidRequestError("expected an id or an e-mail address, got other text")
    async with AsyncClient(**credentials()) as neon:
        search = neon.search_accounts([("Email", "EQUAL", email)], output_fields=[])
        # An account comes more than once where v1 has one row for each of its addresses.
        ids = {row.id: None async for row in search}
    match list(ids):
        case [account_id]:
            return account_id
        case []:
            raise InvalidRequestError("no account has this e-mail address")
        case account_ids:
            more = ", …" if len(account_ids) > _FEW else ""
            listed = ", ".join(map(str, account_ids[:_FEW])) + more
            message = f"{len(account_ids)} accounts have this e-mail address; pass one id: {listed}"
            raise InvalidRequestError(message)
