"""my rows alone"""
import sys
from tests.architecture.matrix.test_matrix import world  # noqa
from tests.architecture.matrix.machine import Findings, Trial
from tests.architecture.matrix.table import rows
from tests.architecture.matrix import venues
async def test_mine(world):
    found=Findings()
    for row in rows(venues.TABLE):
        if not any(w in row.route for w in ('sheet','number')): continue
        if row.way not in ('public','signed'):
            try:
                found += await Trial(world,row).run()
            except BaseException as e:
                found.unexpected.append(f'{row}: {e!r}')
    print(found.cells, len(found.unexpected), len(found.leaks))
    for x in found.unexpected[:80]: print('U', x[:260])
    for x in found.leaks[:40]: print('L', x[:300])
    assert not found.unexpected and not found.leaks
