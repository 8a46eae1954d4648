"""The page's note on authentication, which is a program."""

import re
from pathlib import Path
from typing import Any

import pytest

from neon_async.emulator import Emulator, running
from tests.support.application_server import serving

PAGE = Path(__file__).parents[3] / "docs" / "fastapi.md"


@pytest.fixture(scope="module")
def program() -> dict[str, Any]:
    """The names of the program below the heading."""
    _, _, section = PAGE.read_text(encoding="utf-8").partition("\n## Authentication\n")
    block = re.compile(r"^```python\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
    (code,) = block.findall(section.partition("\n## ")[0])
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile(code, str(PAGE), "exec"), names)  # noqa: S102 - our own
    return names


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic dXNlcjpwYXNz", "Bearer \u00e9"])
async def test_nobody_reads_donors_without_the_token(
    program: dict[str, Any], header: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request without the token, or with another, is refused before NeonCRM is asked."""
    with Emulator(accounts=2) as emulator, running(emulator) as url:
        monkeypatch.setenv("NEON_BASE_URL", url)
        monkeypatch.setenv("NEON_ORG_ID", emulator.org_id)
        monkeypatch.setenv("NEON_API_KEY", emulator.api_key)
        async with serving(program["app"]) as browser:
            shown = [] if header is None else [(b"Authorization", header.encode())]
            refused = await browser.get("/people/10001", headers=shown)
            asked = len(emulator.requests)
            token = {"Authorization": f"Bearer {program['TOKEN']}"}
            allowed = await browser.get("/people/10001", headers=token)

    assert (401, "Bearer", 0) == (refused.status_code, refused.headers["www-authenticate"], asked)
    assert "primaryContact" not in refused.text
    assert 10_001 == allowed.json()["accountId"]


async def test_the_document_says_how(program: dict[str, Any]) -> None:
    """The scheme is in the OpenAPI document, on every path."""
    document = program["app"].openapi()

    assert ["HTTPBearer"] == [*document["components"]["securitySchemes"]]
    assert [{"HTTPBearer": []}] == document["paths"]["/people/{account_id}"]["get"]["security"]
