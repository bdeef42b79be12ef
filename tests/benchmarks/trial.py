import asyncio, sys, time
from tests.benchmarks.plan import Plan, QUICK, SHORT
from tests.benchmarks.stack import bench_stack
from tests.benchmarks.town import Town, tokens
from tests.benchmarks.filling import Filler
from tests.benchmarks.visits import Visitors
from tests.benchmarks.rounds import generator, PgBench
from tests.benchmarks.scripts import Scripts
from tests.benchmarks.rows import in_verify
from tests.benchmarks.machine import describe
import dataclasses
OPS=["intake","file","timeline","list_grid","register_hot","register_spread","responsibility"]
MIN=["minimal_intake","minimal_list_grid","minimal_register_hot","minimal_register_spread"]
PG=["intake","intake_three","file","timeline","list_grid","list_community","figures","register_hot","register_spread","responsibility"]
async def main():
    t=time.time()
    def lap(s): print(f"{time.time()-t:7.1f} {s}", flush=True)
    plan=dataclasses.replace(QUICK, rows=int(sys.argv[1]))
    async with bench_stack(plan, apis=("hierarchy","tickets","events"), load=True) as bench:
        lap("stack")
        print(await describe(bench.home)); lap("flush")
        town=Town.shipped(); f=Filler(bench.layout.owner_url, town, plan); await f.grow(plan.rows); lap("filled")
        v=Visitors(town, tokens(town, bench.layout.keys["LINLI_SIGNING_KEY"]), plan.rows, in_verify(plan.rows), plan.timelines)
        pg=PgBench(bench)
        async with generator(bench, v) as g:
            for op in OPS+MIN:
                try:
                    await g.round(op, 32, 0.3)
                    for i in range(2):
                        r=await g.round(op,32,float(sys.argv[2])); lap((op, round(r.per_second), {k:round(x) for k,x in r.cpu.items()}, round(r.p50_ms,1), round(r.p99_ms,1)))
                except Exception as e: lap((op,'FAILED',e))
            for op in PG:
                try:
                    s=Scripts(town, plan.rows, plan.timelines)
                    for i in range(2):
                        r=await pg.round(op, lambda: getattr(Scripts(town, plan.rows, plan.timelines),op)(), 32, float(sys.argv[2])); lap((op,'pg', round(r.per_second), {k:round(x) for k,x in r.cpu.items()}))
                except Exception as e: lap((op,'FAILED',str(e)[:1500]))
        if len(sys.argv)>3:
            print(bench.layout.owner_url, bench.layout.ports, bench.home, flush=True); await asyncio.sleep(float(sys.argv[3]))
asyncio.run(main())
