"""The outcome in words: a table of the blows, what clients met, and what the judge found."""

from pathlib import Path

import orjson

from tests.chaos.picture import picture
from tests.chaos.run import Outcome
from tests.chaos.schedule import VICTIMS

_MOST_FINDINGS = 20


def table(outcome: Outcome) -> str:
    """When, whom, how; away: until it answered again; next: until its service acknowledged something again."""
    lines = [f"{'at':>7}  {'victim':<17} {'how':<17} {'away':>7}  {'next ack':>8}  note"]
    for one in outcome.struck:
        how = f"hang {one.blow.lasts:.0f} s" if one.blow.how == "hang" else one.blow.how
        away = "-" if one.away_s is None else f"{one.away_s:.1f} s"
        following = _next_ack(outcome, one.blow.victim, one.at)
        lines.append(f"{one.at:5.1f} s  {one.blow.victim:<17} {how:<17} {away:>7}  {following:>8}  {one.note}".rstrip())
    kills = {
        victim: sum(s.blow.victim == victim and s.blow.how == "kill" for s in outcome.struck) for victim in VICTIMS
    }
    hangs = {
        victim: sum(s.blow.victim == victim and s.blow.how == "hang" for s in outcome.struck) for victim in VICTIMS
    }
    lines.append("killed/hung: " + ", ".join(f"{victim} {kills[victim]}/{hangs[victim]}" for victim in VICTIMS))
    return "\n".join(lines)


def _next_ack(outcome: Outcome, victim: str, at: float) -> str:
    """The next request that began after the blow and was acknowledged, by the victim's service (servers: by any)."""
    service = victim.partition(".")[0]
    after = [
        act.ended - outcome.began - at
        for act in outcome.ledger.accepted()
        if act.ended is not None
        and act.began >= outcome.began + at
        and (act.service == service or service in ("valkey", "postgres"))
    ]
    return f"{min(after):.2f} s" if after and not victim.endswith("worker") else "-"


def details(outcome: Outcome) -> str:
    ledger, verdict = outcome.ledger, outcome.verdict
    repeated = sum(act.tries > 1 for act in ledger.accepted())
    unknown = sum(act.outcome in ("unknown", "under way") for act in ledger.acts)
    troubles = ", ".join(f"{what} {count}" for what, count in sorted(ledger.troubles.items(), key=lambda t: -t[1]))
    requests = f"{len(ledger.acts)} requests, {repeated} repeated and acknowledged, {unknown} never answered"
    inboxes = f"{len(ledger.in_inbox)} appeals reached an inbox, {len(ledger.answered)} were answered"
    lines = [
        f"{requests}, p50 {ledger.p50_ms:.0f} ms",
        f"clients met: {troubles or 'no trouble'}",
        f"{inboxes}; {outcome.callbacks} callbacks taken, {outcome.told_again} told again with the same id",
        f"slowest: {_slowest(outcome)}",
        f"journals: {'broken' if verdict.broken_journals else 'every chain holds'}",
        *verdict.findings[:_MOST_FINDINGS],
    ]
    if len(verdict.findings) > _MOST_FINDINGS:
        lines.append(f"… and {len(verdict.findings) - _MOST_FINDINGS} more")
    return "\n".join(lines)


def _slowest(outcome: Outcome) -> str:
    slowest = sorted(outcome.ledger.accepted(), key=lambda act: -(act.took or 0))[:5]
    return "; ".join(
        f"{act.event} of {act.began - outcome.began:.1f} s took {act.took or 0:.1f} s in {act.tries} tries"
        for act in slowest
    )


def save(outcome: Outcome, where: Path) -> None:
    """`chaos.json` and `chaos.svg` (a control: `chaos-control.…`)."""
    plan = outcome.plan
    where.mkdir(parents=True, exist_ok=True)
    name = "chaos-control" if plan.control else "chaos"
    figures = dict(pair.split("=") for pair in outcome.line().split())
    content = {
        "command": f"make chaos SECONDS={plan.seconds:g} SEED={plan.seed}" + " CONTROL=1" * plan.control,
        **{key: float(value) if "." in value else int(value) for key, value in figures.items()},
        "p50_ms": round(outcome.ledger.p50_ms, 1),
        "blows": [
            {"at_s": round(s.at, 1), "victim": s.blow.victim, "how": s.blow.how, "lasts_s": s.blow.lasts,
             "away_s": None if s.away_s is None else round(s.away_s, 2), "note": s.note}
            for s in outcome.struck
        ],
    }  # fmt: skip
    (where / f"{name}.json").write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")
    (where / f"{name}.svg").write_text(picture(outcome), "utf-8")
