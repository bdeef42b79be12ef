"""A hundred random tamperings by the database's owner, who may also compute the whole chain anew: a hundred found.

Each is done and undone in a transaction of the owner's on one journal of some hundred rows, whose heads were anchored
outside. Half of them are done by somebody who knows how the chain is made and makes it hold again; of these the chain
alone sees none.
"""

import base64
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.journal import prepare_json
from shared.runtime.anchoring import Anchoring, AnchorSettings
from shared.runtime.anchors import Anchor, read_anchors
from shared.runtime.ids import new_id
from shared.runtime.sealer import seal_once
from shared.runtime.verify import Verdict, verify
from tests.support.forger import CLEVER, PLAIN, Forger
from tests.support.lab import SCHEMA, Lab, actor, add
from tests.support.world import fresh_district

SEED = bytes(range(32))
PUBLIC = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
ROWS, TIMES, ROUNDS = 300, 100, 6


@dataclass
class Written:
    """A journal, who owns it, and what the anchors remember of it."""

    lab: Lab
    district: str
    owner: asyncpg.Connection
    anchored: dict[int, Anchor]

    async def verdict(self, *, with_anchors: bool = True) -> Verdict:
        return await verify(self.owner, SCHEMA, self.district, self.anchored if with_anchors else None)


@pytest.fixture(scope="module")
async def written(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Written]:
    """Sealed and anchored in several rounds; its rows lie minutes apart, as in a district on a quiet day."""
    district, folder = fresh_district(), tmp_path_factory.mktemp("anchors")
    anchoring = Anchoring(lab.service, settings(folder))
    for number in range(ROUNDS):
        for _ in range(ROWS // ROUNDS):
            async with lab.service.work(actor(district)) as work:
                text = random.Random(number).choice([None, {"note": "说明"}])
                await add(work, str(new_id()), data={"n": number}, text=text)
        await spread(lab, district, hours_ago=ROUNDS - number)
        while await seal_once(lab.service):
            pass
        await anchoring.once()
    owner = await asyncpg.connect(lab.owner_url)
    await prepare_json(owner)
    found = read_anchors(folder, "lab", [PUBLIC])
    assert found.broken is None
    yield Written(lab, district, owner, found.by_district[district])
    await owner.close()


def settings(folder: Path, **more: str | float) -> AnchorSettings:
    key = base64.b64encode(SEED).decode()
    return AnchorSettings.model_validate({"anchor_dir": folder, "anchor_key": key, **more})


async def spread(lab: Lab, district: str, *, hours_ago: int) -> None:
    """The rows that are not sealed yet happened one a minute."""
    await lab.run(
        """UPDATE lab.journal j SET at = now() - $2::interval + n.number * interval '1 minute'
        FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM lab.journal j WHERE district = $1
              AND NOT EXISTS (SELECT FROM lab.journal_seals s WHERE s.district = $1 AND s.entry_id = j.id)) n
        WHERE j.district = $1 AND j.id = n.id""",
        district,
        timedelta(hours=hours_ago),
    )


async def test_the_untouched_journal_holds(written: Written) -> None:
    for with_anchors in (True, False):
        verdict = await written.verdict(with_anchors=with_anchors)
        assert (verdict.rows, verdict.broken) == (ROWS, None)
    assert (await written.verdict()).anchors == ROUNDS


async def test_a_hundred_random_tamperings_are_found(written: Written) -> None:
    dice = random.Random(20261122)
    kinds = [*PLAIN, *CLEVER]
    found, missed, unseen_by_the_chain = Counter[str](), [], 0
    for number in range(TIMES):
        kind = kinds[number % len(kinds)]
        transaction = written.owner.transaction()
        await transaction.start()
        try:
            done = await kind(Forger(written.owner, written.district, dice, ROWS))
            verdict = await written.verdict()
            alone = await written.verdict(with_anchors=False)
        finally:
            await transaction.rollback()
        if verdict.broken is None:
            missed.append(f"{number} {kind.__name__}: {done}")
        else:
            found[kind.__name__] += 1
        unseen_by_the_chain += alone.broken is None
    print(f"\n{TIMES} tamperings: {found.total()} found; the chain alone misses {unseen_by_the_chain}")  # noqa: T201
    print("  " + ", ".join(f"{name} {times}" for name, times in found.items()))  # noqa: T201
    assert missed == []
    assert found.total() == TIMES
    assert unseen_by_the_chain > TIMES // 4  # what the anchors are for; if it were none, the forger would be a bungler
    assert (await written.verdict()).broken is None  # nothing of it stayed


async def test_what_the_owner_may_do_raises_no_alarm(written: Written) -> None:
    """Texts are erased, and life goes on: more rows, some of them late."""
    transaction = written.owner.transaction()
    await transaction.start()
    await written.owner.execute("DELETE FROM lab.journal_texts WHERE district = $1", written.district)
    verdict = await written.verdict()
    await transaction.rollback()
    assert verdict.broken is None
    assert verdict.erased > 0
