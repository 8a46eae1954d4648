"""Account → form body."""

from __future__ import annotations

import copy
from functools import partial
from urllib.parse import urlencode

import attrs

from benchmarks import bodies
from benchmarks.rounds import cpu, interleaved, ratio
from benchmarks.table import Row, at_most
from neon_async import IndividualAccount, operations, structure, unstructure
from neon_async._wire.flatten import flatten
from neon_async._wire.form import Form
from neon_async.operations import _parameters

_GOAL = 0.5


def sendable() -> IndividualAccount:
    """Return an account that an update can send, with 90 parameters."""
    account = structure(bodies.account(7), IndividualAccount)
    account.login = account.existing_organization_id = None
    contact = account.primary_contact
    if contact is None or not contact.addresses or not account.custom_field_data_list:
        raise ValueError("the account lacks what makes it large")
    (home,) = contact.addresses
    home = attrs.evolve(
        home, is_shipping_address=None, shipping_company_name=None, shipping_deliver_to=None
    )
    work = attrs.evolve(home, is_primary_address=False, address_id=99)
    contact.addresses = [home, work]
    field = account.custom_field_data_list[0]
    account.custom_field_data_list = [
        attrs.evolve(copy.copy(field), field_id=str(n), field_value=f"Value, {n}") for n in range(9)
    ]
    return account


def measure(*, quick: bool) -> list[Row]:
    """Measure the time to make a form body, as a multiple of `urlencode` of ready pairs."""
    account = sendable()
    page = _parameters.UPDATE_INDIVIDUAL
    operation = operations.UpdateIndividualAccount(account)
    pairs = operation.params()
    works = {
        "urlencode": lambda: urlencode(pairs),
        "ours": lambda: Form.encode(flatten(account, page)),
        "rules": lambda: Form.encode(operation.params()),
        "form": lambda: Form.encode(pairs),
        "cattrs": lambda: urlencode(_flat("individualAccount", unstructure(account))),
    }
    times, rounds = (50, 3) if quick else (300, 25)
    figures = interleaved({name: partial(cpu, work, times) for name, work in works.items()}, rounds)
    of = partial(ratio, figures, base="urlencode")
    others = (
        f"with the rules that are checked before {of('rules'):.2f} · "
        f"the encoding alone {of('form'):.2f} · "
        f"cattrs unstructure + naive flatten + urlencode {of('cattrs'):.2f}"
    )
    what = f"account with {len(pairs)} parameters → form body, ÷ `urlencode` of ready pairs"
    return [at_most(what, of("ours"), _GOAL, others=others)]


def _flat(name: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _flat(f"{name}.{key}", inner)]
    if isinstance(value, list):
        return [pair for inner in value for pair in _flat(name, inner)]
    return [(name, str(value))]
