"""`dnnt info`: what an instance is, and what solving it would take, before anything is built."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from dnnt_encode.cli.model_options import encoding_options, indicators_option, question_options, wanted_threshold
from dnnt_encode.cli.options import InputName
from dnnt_encode.cli.standard_streams import say, say_json

if TYPE_CHECKING:
    from dnnt_encode.analysis.view import View
    from dnnt_encode.exchange.sizes import Sizes


@click.command()
@click.argument("instance", type=InputName())
@click.option("--json", "as_json", is_flag=True, help="Print the description as JSON.")
@question_options
@encoding_options
@indicators_option
def info(
    instance: str,
    as_json: bool,
    threshold: Fraction | None,
    minimize: bool,
    sums: str,
    indicators: bool,
    no_reductions: bool,
) -> None:
    """Describe INSTANCE: shape, search space, exact bounds of every layer, the sizes of its files.

    With the same options, `dnnt export` writes files of exactly these sizes. Where one would be very large, it is
    counted so far and no further.
    """
    from dnnt_encode.parsers.instance_json import load_instance

    problem = load_instance(instance)
    from dnnt_encode.analysis.view import View
    from dnnt_encode.exchange.sizes import exported_sizes

    view = View(problem.with_threshold(wanted_threshold(problem, threshold, minimize)))
    sizes = exported_sizes(
        view,
        view.instance.threshold,
        sums,  # type: ignore[arg-type]  # one of the choices
        not no_reductions,
        indicators,
    )
    facts = describe(view, sizes)
    if as_json:
        say_json(facts)
    else:
        say(text_of(facts, sizes))


def describe(view: View, sizes: Sizes) -> dict[str, Any]:
    """The facts, as plain JSON values."""
    from dnnt_encode.algorithms.brute_force import DEFAULT_LIMIT
    from dnnt_encode.backends.cores import available_cores
    from dnnt_encode.backends.registry import AUTO
    from dnnt_encode.errors import DnntError
    from dnnt_encode.instance.goal import Goal
    from dnnt_encode.instance.rationals import number_json
    from dnnt_encode.solving.plan import planned
    from dnnt_encode.solving.policy import POLICY

    problem = view.instance
    network, dataset = problem.network, problem.dataset
    # Intervals have no number of values, and no bounds that are integers over a scale.
    space = None if network.continuous else network.search_space
    try:
        goal = Goal(problem.threshold)
        chosen: str | None = planned(AUTO, view, goal, available_cores(), POLICY).main.name
    except DnntError:
        chosen = None
    return {
        "name": problem.name,
        "instance_sha256": problem.sha256,
        "widths": list(network.widths),
        "samples": dataset.samples,
        "samples_with_multiplicity": dataset.total,
        "classes": None if dataset.classes is None else list(dataset.classes),
        "loss": problem.loss.name,
        "loss_parameters": {name: number_json(value) for name, value in problem.loss.parameters.items()},
        "objectives": [str(each) for each in problem.objectives],
        "threshold": None if problem.threshold is None else number_json(problem.threshold),
        **({"constraints": [str(each) for each in problem.constraints]} if problem.constraints else {}),
        "parameters": network.parameters,
        "free_parameters": network.free_parameters,
        "search_space": {
            "assignments": space if space is not None and space < 10**18 else None,
            "log10": None if space is None else round(math.log10(space), 2),
        },
        "layers": continuous_layers(view) if network.continuous else layer_facts(view),
        "out_of_reach": reach_facts(view),
        "reductions": list(sizes.reductions),
        "exports": export_facts(sizes),
        "brute_force": {"possible": space is not None and space <= DEFAULT_LIMIT, "limit": DEFAULT_LIMIT},
        "auto": chosen,
    }


def export_facts(sizes: Sizes) -> dict[str, Any]:
    """For every format its sizes, or why there is none."""
    from dnnt_encode.exchange.kinds import KINDS

    facts: dict[str, Any] = {}
    for name, size in sizes.of.items():
        if isinstance(size, str):
            facts[name] = {"refused": size}
        elif KINDS[name].model == "linear":
            facts[name] = {"columns": size.columns, "rows": size.rows, "terms": size.terms, "more": size.partly}
        else:
            counts = {"variables": size.columns, "clauses": size.rows, "soft": size.soft, "literals": size.terms}
            facts[name] = {**counts, "more": size.partly}
    return facts


def layer_facts(view: View) -> list[dict[str, Any]]:
    """For every layer its shape, its sets, and exact bounds on its pre-activations, in the instance's units."""
    from dnnt_encode.analysis.unrolled import value_bounds

    network = view.instance.network
    piecewise = all(layer.activation.is_piecewise_linear for layer in network.layers)
    unrolled = view.unrolled if piecewise else value_bounds(network, view.samples.x)
    result = []
    for position, (layer, bounds) in enumerate(zip(network.layers, unrolled.layers, strict=True)):
        scale = unrolled.scaled.layers[position].scale
        result.append(
            {
                "units": layer.units,
                "activation": layer.activation.name,
                "from": list(layer.sources),
                "fan_in": network.fan_in(position),
                "weight_values": sizes_text(layer.weights.sizes()),
                "bias_values": sizes_text(layer.biases.sizes()),
                "scale": number_text(scale, 1),
                "lowest": number_text(int(bounds.z_lower.min()), scale),
                "highest": number_text(int(bounds.z_upper.max()), scale),
                "bits": bounds.bits,
            }
        )
    return result


def continuous_layers(view: View) -> list[dict[str, Any]]:
    """The same keys for layers some of whose parameters are from intervals, without sizes and bounds."""
    network = view.instance.network
    unknown = dict.fromkeys(("scale", "lowest", "highest", "bits"))
    return [
        {
            "units": layer.units,
            "activation": layer.activation.name,
            "from": list(layer.sources),
            "fan_in": network.fan_in(position),
            "weight_values": "interval" if layer.weights.continuous else sizes_text(layer.weights.sizes()),
            "bias_values": "interval" if layer.biases.continuous else sizes_text(layer.biases.sizes()),
            **unknown,
        }
        for position, layer in enumerate(network.layers)
    ]


def reach_facts(view: View) -> dict[str, Any] | None:
    """The samples that no allowed parameters get right, whatever they are, and what those cost at least."""
    from dnnt_encode.analysis.reach import out_of_reach
    from dnnt_encode.instance.rationals import number_json

    missed = out_of_reach(view)
    if missed is None:
        return None
    return {"samples": missed.samples, "loss": number_json(missed.loss), "remarks": list(missed.remarks)}


def number_text(value: int, scale: int) -> int | str:
    """``value / scale`` as JSON shows it; a number past all reading by its length."""
    from fractions import Fraction

    from dnnt_encode.instance.rationals import number_json

    if max(abs(value), scale).bit_length() > 200:
        return f"{'-' if value < 0 else ''}2^{abs(value).bit_length() - scale.bit_length()}, about"
    return number_json(Fraction(value, scale))


def sizes_text(sizes: Any) -> str:
    """How many values the parameters of a grid may take: ``3``, or ``1 to 3``."""
    least, most = int(sizes.min()), int(sizes.max())
    return str(least) if least == most else f"{least} to {most}"


def text_of(facts: dict[str, Any], sizes: Sizes) -> str:
    """The facts for the eye."""
    from dnnt_encode.algorithms.brute_force import describe_count

    space = facts["search_space"]
    count = describe_count(space["assignments"]) if space["assignments"] else f"about 10^{space['log10'] or 0:.0f}"
    copies = (
        ""
        if facts["samples"] == facts["samples_with_multiplicity"]
        else (f" ({facts['samples_with_multiplicity']} with multiplicity)")
    )
    parameters = "".join(f", {name} {value}" for name, value in facts["loss_parameters"].items())
    goal = "minimise" if facts["threshold"] is None else f"threshold {facts['threshold']}"
    lines = [
        f"name           {facts['name']}",
        f"sha256         {facts['instance_sha256']}",
        f"network        {'-'.join(map(str, facts['widths']))}",
        f"samples        {facts['samples']}{copies}",
        f"loss           {facts['loss']}{parameters}, {goal}",
        *([f"objectives     {', then '.join(facts['objectives'])}"] if len(facts["objectives"]) > 1 else []),
        f"parameters     {facts['parameters']}, {facts['free_parameters']} of them free",
        f"search space   {'intervals' if space['log10'] is None else count + ' assignments'}",
        "",
        "layer  units  activation    from     fan-in  weight values  bias values  scale   bits  pre-activations",
    ]
    for number, known in enumerate(facts["layers"], start=1):
        layer = {key: "-" if value is None else value for key, value in known.items()}
        sources = ",".join(map(str, layer["from"]))
        lines.append(
            f"{number:<6} {layer['units']:<6} {layer['activation']:<13} {sources:<8} {layer['fan_in']:<7} "
            f"{layer['weight_values']:<14} {layer['bias_values']:<12} {layer['scale']:<7} {layer['bits']:<5} "
            f"{layer['lowest']} to {layer['highest']}"
        )
    lines.append("")
    lines += [f"out of reach   {remark}" for remark in (facts["out_of_reach"] or {"remarks": ()})["remarks"]]
    lines += [f"constraint     {text}" for text in facts.get("constraints", ())]
    lines += [f"reduction      {note}" for note in sizes.reductions]
    lines += [f"{name:<15}{sizes.describe(name)}" for name in sizes.of]
    brute = facts["brute_force"]
    limit = describe_count(brute["limit"])
    if space["log10"] is not None:
        lines.append(
            f"brute force    {count} assignments, " + ("possible" if brute["possible"] else f"over {limit}: refused")
        )
    lines.append(f"auto           {facts['auto'] or 'no backend'}")
    return "\n".join(lines)
