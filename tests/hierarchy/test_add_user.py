"""How a district in production gets its first operator: from the command line, once, with no demonstration data."""

import httpx
import pytest
from click.testing import CliRunner

from services.hierarchy.add_user import add_user
from services.hierarchy.commands import user
from services.hierarchy.settings import HierarchySettings
from shared.kernel.errors import UnknownPlace
from shared.kernel.rights import Role
from shared.runtime.service import Service
from tests.hierarchy.small import load_small

ADDED = {"name": "虚构运维员", "phone": "10099990001", "password": "a long enough password"}


async def test_the_first_operator_signs_in(api: httpx.AsyncClient, hierarchy: Service, district: str) -> None:
    await load_small(hierarchy, district)
    for password in ("the first password", ADDED["password"]):  # a repetition sets the password anew
        given = {**ADDED, "password": password}
        await add_user(HierarchySettings(), district=district, role=Role.OPERATOR, place=district, **given)
        login = {"district": district, "phone": ADDED["phone"], "password": password}
        session = await api.post("sessions", json=login)
        assert session.status_code == 201
        assert [(g["role"], g["place"]) for g in session.json()["grants"]] == [("operator", district)]


async def test_a_place_that_is_not_there_changes_nothing(hierarchy: Service, district: str) -> None:
    await load_small(hierarchy, district)
    with pytest.raises(UnknownPlace):
        await add_user(HierarchySettings(), district=district, role=Role.OPERATOR, place="nowhere", **ADDED)


@pytest.mark.parametrize(("change", "word"), [({"--password": "short"}, "12"), ({"--phone": "123"}, "eleven")])
def test_what_cannot_be_is_said_in_a_sentence(change: dict[str, str], word: str) -> None:
    given = {"--district": "141021", "--name": "虚构", "--phone": ADDED["phone"], "--password": ADDED["password"]}
    words = [part for pair in (given | change).items() for part in pair]
    result = CliRunner().invoke(user, ["add", "operator", *words])
    assert result.exit_code == 1
    assert word in result.output
