"""`dnnt plot`: networks, regions, runs and sizes as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.options import InputName, OutputName
from dnnt_encode.cli.standard_streams import say
from dnnt_encode.errors import InputError, InputErrors

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dnnt_encode.instance.instance import Instance


@click.command()
@click.argument("file", type=InputName())
@click.option("-o", "--output", type=OutputName(), required=True, metavar="PICTURE", help="FILE.svg, .png or .pdf.")
@click.option(
    "--instance", type=InputName(), metavar="INSTANCE", help="The instance of the weights: names, activations, samples."
)
@click.option("--regions", is_flag=True, help="Of weights of two inputs: what is answered where, with the samples.")
def plot(file: str, output: str, instance: str | None, regions: bool) -> None:
    """Draw FILE, by what it is: WEIGHTS as a network, or as regions; the RESULT of `dnnt solve --json` as loss and
    bound over time; INSTANCE, or the output of `dnnt info --json`, as the sizes of its encodings; the rows of
    `dnnt bench` (FILE.jsonl) as a cactus plot.
    """
    from dnnt_encode.parsers.instance_json import load_instance
    from dnnt_encode.plots.figure import check_name, check_plots, save_figure

    if regions and instance is None:
        raise click.UsageError("--regions shows the samples of an instance; name it with --instance")
    check_files({"FILE": file, "--instance": instance}, {"-o": output})
    check_name(output)
    check_plots()
    problem = None if instance is None else load_instance(instance)
    save_figure(_figure(file, problem, regions), output)
    say(f"c {output}: written")


def _figure(file: str, problem: Instance | None, regions: bool) -> Figure:
    from dnnt_encode.parsers.json_text import read_json

    if file.endswith(".jsonl"):
        from dnnt_encode.bench.report import table_of
        from dnnt_encode.bench.rows import read_rows
        from dnnt_encode.plots.runs import cactus

        return cactus(table_of(read_rows(file).values()))
    value, place = read_json(file)
    kind = value.get("format") if isinstance(value, dict) else None
    if kind == "dnnt-weights":
        from dnnt_encode.parsers.weights_json import weights_of
        from dnnt_encode.plots.network import network_figure
        from dnnt_encode.plots.regions import regions_figure

        weights = weights_of(value, place, problem)
        return regions_figure(weights, problem) if regions and problem is not None else network_figure(weights)
    if problem is not None or regions:
        raise place.error("--instance and --regions are about weights; this file holds none")
    if kind == "dnnt-instance":
        return _sizes(_exports(value, place, file))
    with InputErrors(place):
        if isinstance(value, dict) and isinstance(value.get("trace"), list):
            return _trace(value)
        if isinstance(value, dict) and isinstance(value.get("exports"), dict):
            return _sizes(value["exports"])
    raise place.error("nothing here can be drawn; weights, a result, an instance, its description or rows are needed")


def _exports(value: object, place: Any, file: str) -> dict[str, Any]:
    from dnnt_encode.analysis.view import View
    from dnnt_encode.cli.info import export_facts
    from dnnt_encode.exchange.sizes import exported_sizes
    from dnnt_encode.parsers.instance_json import instance_of

    view = View(instance_of(value, place, file))
    return export_facts(exported_sizes(view, view.instance.threshold))


def _sizes(exports: dict[str, Any]) -> Figure:
    """Raises InputError where no format has a size, ValueError where this is no description."""
    from dnnt_encode.plots.sizes import sizes_figure

    sizes, partly = {}, set()
    for name, facts in exports.items():
        if not isinstance(facts, dict):
            raise ValueError(f"found {name!r} among the exports without its sizes")
        counts = {what: count for what, count in facts.items() if isinstance(count, int) and what != "more"}
        if counts:
            sizes[name] = counts
        if facts.get("more"):
            partly.add(name)
    if not sizes:
        raise InputError("no format has a size: " + "; ".join(str(each.get("refused")) for each in exports.values()))
    return sizes_figure(sizes, frozenset(partly))


def _trace(result: dict[str, Any]) -> Figure:
    """Raises ValueError."""
    from dnnt_encode.parsers.numbers import json_fraction
    from dnnt_encode.plots.trace import trace_figure

    def number(value: object) -> float | None:
        if value is None:
            return None
        return float(json_fraction(value))

    points = []
    for point in result["trace"]:
        if not isinstance(point, list) or len(point) != 3 or point[0] is None:
            raise ValueError("a point of the trace is [seconds, loss, bound]")
        seconds, loss, bound = map(number, point)
        points.append((seconds or 0.0, loss, bound))
    if not points:
        raise ValueError("the trace of this result is empty: nothing was found")
    stages = result.get("seconds")
    total = number(stages.get("total")) if isinstance(stages, dict) else None
    return trace_figure(points, total or points[-1][0])
