"""`dnnt info`: what an instance is, and what solving it would take, before anything is built."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

from dnnt_encode.cli.options import json_text

if TYPE_CHECKING:
    from dnnt_encode.encoders.cnf.options import SumEncoding
    from dnnt_encode.instance.instance import Instance

SUMS: tuple[SumEncoding, ...] = ("auto", "order", "adder")

MAX_PLANNED = 2 * 10**7
"""Parameters times samples past which no formula is planned: it would take longer than a look."""


@click.command()
@click.argument("instance")
@click.option("--json", "as_json", is_flag=True, help="Print the description as JSON.")
def info(instance: str, as_json: bool) -> None:
    """Describe INSTANCE: shape, search space, exact bounds of every layer, the size of its encodings."""
    from dnnt_encode.parsers.instance_json import load_instance

    facts = describe(load_instance(instance))
    click.echo(json_text(facts) if as_json else text_of(facts))


def describe(problem: Instance) -> dict[str, Any]:
    """The facts, as plain JSON values."""
    from dnnt_encode.algorithms.brute_force import DEFAULT_LIMIT
    from dnnt_encode.analysis.view import View
    from dnnt_encode.backends.cores import available_cores
    from dnnt_encode.backends.registry import AUTO
    from dnnt_encode.errors import DnntError
    from dnnt_encode.instance.goal import Goal
    from dnnt_encode.instance.rationals import number_json
    from dnnt_encode.solving.plan import planned
    from dnnt_encode.solving.policy import POLICY

    network, dataset = problem.network, problem.dataset
    space = network.search_space
    try:
        goal = Goal(problem.threshold)
        chosen: str | None = planned(AUTO, View(problem), goal, available_cores(), POLICY).main.name
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
        "margin": number_json(problem.loss.margin) if problem.loss.targets == "class" else None,
        "threshold": None if problem.threshold is None else number_json(problem.threshold),
        "parameters": network.parameters,
        "free_parameters": network.free_parameters,
        "search_space": {"assignments": space if space < 10**18 else None, "log10": round(math.log10(space), 2)},
        "layers": layer_facts(problem),
        "encodings": {"linear": linear_facts(problem), "cnf": cnf_facts(problem)},
        "brute_force": {"possible": space <= DEFAULT_LIMIT, "limit": DEFAULT_LIMIT},
        "auto": chosen,
    }


def layer_facts(problem: Instance) -> list[dict[str, Any]]:
    """For every layer its shape, its sets, and exact bounds on its pre-activations, in the instance's units."""
    from dnnt_encode.analysis.unrolled import value_bounds

    network = problem.network
    unrolled = value_bounds(network, problem.dataset.x)
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


def number_text(value: int, scale: int) -> int | str:
    """``value / scale`` as JSON shows it; a number past all reading by its length."""
    from fractions import Fraction

    from dnnt_encode.instance.rationals import number_json

    if max(abs(value), scale).bit_length() > 200:
        return f"{'-' if value < 0 else ''}2^{abs(value).bit_length() - scale.bit_length()}, about"
    return number_json(Fraction(value, scale))


def linear_facts(problem: Instance) -> dict[str, Any]:
    """The size of the linear model for the instance's question, or why there is none."""
    from dnnt_encode.encoders.linear import linear_size
    from dnnt_encode.errors import ModelTooLarge

    try:
        size = linear_size(problem, threshold=problem.threshold)
    except ModelTooLarge as error:
        return {"refused": str(error)}
    numbers = {"columns": size.columns, "rows": size.rows, "terms": size.terms, "bytes": size.bytes}
    return {**numbers, "estimated": size.estimated}


def cnf_facts(problem: Instance) -> dict[str, Any]:
    """The size of the formula for every way of writing sums, by the encoder's own walk without clauses; or why there is
    none. Where the walk itself would be long it is not taken."""
    from dnnt_encode.encoders.cnf import CnfOptions, cnf_size
    from dnnt_encode.errors import DnntError

    if problem.network.parameters * problem.dataset.samples > MAX_PLANNED:
        return {"refused": "too large to plan quickly"}
    facts: dict[str, Any] = {}
    for name in SUMS:
        try:
            size = cnf_size(problem, threshold=problem.threshold, options=CnfOptions(sum=name))
        except DnntError as error:
            facts[name] = {"refused": str(error)}
        else:
            facts[name] = {"variables": size.variables, "clauses": size.clauses, "bytes": size.bytes}
    return facts


def sizes_text(sizes: Any) -> str:
    """How many values the parameters of a grid may take: ``3``, or ``1 to 3``."""
    least, most = int(sizes.min()), int(sizes.max())
    return str(least) if least == most else f"{least} to {most}"


def text_of(facts: dict[str, Any]) -> str:
    """The facts for the eye."""
    from dnnt_encode.algorithms.brute_force import describe_count
    from dnnt_encode.models.memory import describe_bytes

    space = facts["search_space"]
    count = describe_count(space["assignments"]) if space["assignments"] else f"about 10^{space['log10']:.0f}"
    copies = (
        ""
        if facts["samples"] == facts["samples_with_multiplicity"]
        else (f" ({facts['samples_with_multiplicity']} with multiplicity)")
    )
    margin = "" if facts["margin"] is None else f", margin {facts['margin']}"
    goal = "minimise" if facts["threshold"] is None else f"threshold {facts['threshold']}"
    linear = facts["encodings"]["linear"]
    lines = [
        f"name           {facts['name']}",
        f"sha256         {facts['instance_sha256']}",
        f"network        {'-'.join(map(str, facts['widths']))}",
        f"samples        {facts['samples']}{copies}",
        f"loss           {facts['loss']}{margin}, {goal}",
        f"parameters     {facts['parameters']}, {facts['free_parameters']} of them free",
        f"search space   {count} assignments",
        "",
        "layer  units  activation    from     fan-in  weight values  bias values  scale   bits  pre-activations",
    ]
    for number, layer in enumerate(facts["layers"], start=1):
        sources = ",".join(map(str, layer["from"]))
        lines.append(
            f"{number:<6} {layer['units']:<6} {layer['activation']:<13} {sources:<8} {layer['fan_in']:<7} "
            f"{layer['weight_values']:<14} {layer['bias_values']:<12} {layer['scale']:<7} {layer['bits']:<5} "
            f"{layer['lowest']} to {layer['highest']}"
        )
    lines.append("")
    if "refused" in linear:
        lines.append(f"linear model   refused: {linear['refused']}")
    else:
        size = describe_bytes(linear["bytes"])
        about = "about " if linear["estimated"] else ""
        lines.append(
            f"linear model   {about}{linear['columns']} columns, {linear['rows']} rows, {linear['terms']} terms, {size}"
        )
    lines.extend(cnf_lines(facts["encodings"]["cnf"]))
    brute = facts["brute_force"]
    limit = describe_count(brute["limit"])
    lines.append(
        f"brute force    {count} assignments, " + ("possible" if brute["possible"] else f"over {limit}: refused")
    )
    lines.append(f"auto           {facts['auto'] or 'no backend'}")
    return "\n".join(lines)


def cnf_lines(cnf: dict[str, Any]) -> list[str]:
    """One line for every way of writing sums."""
    if "refused" in cnf:
        return [f"cnf            {cnf['refused']}"]
    lines = []
    for name, size in cnf.items():
        text = (
            f"refused: {size['refused']}"
            if "refused" in size
            else f"{size['variables']} variables, {size['clauses']} clauses"
        )
        lines.append(f"{'cnf, ' + name:<15}{text}")
    return lines
