"""`dnnt backends`: which solvers there are."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from dnnt_encode.cli.standard_streams import say, say_json

_ABILITIES = ("minimises", "thresholds", "proves", "incumbents", "bounds", "hints", "threads", "seed")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def backends(as_json: bool) -> None:
    """List the solvers: version where installed, the kind of model each takes, and what it can do."""
    from dnnt_encode.backends.registry import backends as all_backends

    rows: list[dict[str, Any]] = [
        {
            "name": each.name,
            "version": each.version(),
            **asdict(each.capabilities),
            "objectives": sorted(each.capabilities.objectives),
        }
        for each in all_backends()
    ]
    if as_json:
        say_json({"backends": rows})
        return
    say("backend         version        model     certificate  capabilities")
    for row in rows:
        able = ", ".join(ability for ability in _ABILITIES if row[ability])
        version = row["version"] or "not installed"
        say(f"{row['name']:<15} {version:<14} {row['model']:<9} {row['certificate']:<12} {able}")
    say("cmd:COMMAND     any SAT solver that reads DIMACS ({cnf}) or MaxSAT solver that reads WCNF ({wcnf}):")
    say("                --backend 'cmd:kissat -q {cnf}', --backend 'cmd:minisat {cnf} {out}'")
    say("                or MILP solver that reads MPS ({mps}), LP ({lp}) or OPB ({opb}):")
    say("                --backend 'cmd:cbc {mps} solve solution {sol}'")
