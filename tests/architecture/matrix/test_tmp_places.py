from tests.architecture.matrix.test_matrix import *
from tests.architecture.matrix.test_matrix import world
MINE={"create_place","edit_place","merge_place","split_place","close_place","read_history","export_subtree","look_up_places","read_boundary","put_boundary","remove_boundary","read_map","locate_point","locate_points","list_changes","places_follow","appeal_open_counts","move_place","read_place","read_responsibility","read_structure"}
async def test_mine(world):
    found=Findings()
    for row in ROWS:
        if row.route in MINE and row.way not in ("public","signed"):
            try: found += await Trial(world,row).run()
            except BaseException as e: print("BROKE", row, repr(e)[:300])
    print(found.cells, len(found.unexpected), len(found.leaks))
    print("\n".join(found.unexpected[:40])); print("LEAKS"); print("\n".join(found.leaks[:20]))
