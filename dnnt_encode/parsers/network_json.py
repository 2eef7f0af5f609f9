"""The network in JSON: inputs, layers, and the sets of weights and biases, by network, layer, edge or unit."""

from __future__ import annotations

from typing import Any

from dnnt_encode.errors import InputErrors
from dnnt_encode.instance.activations import ACTIVATIONS, POLYNOMIAL, Activation, activation
from dnnt_encode.instance.network import Layer, Network
from dnnt_encode.instance.rationals import number_json
from dnnt_encode.parsers.places import Place, found, shorten, take_integer, take_list, take_number, take_object
from dnnt_encode.parsers.sets_json import SetReader, read_bias_sets, read_weight_sets, write_sets

MAX_PARAMETERS = 50_000_000
"""A network with more weights than this is refused before an array of its size is made."""

_LAYER_KEYS = ("weights", "biases", "from")


def read_network(value: object, place: Place) -> Network:
    """The network of a parsed JSON value. Raises InputError."""
    fields = take_object(value, place, ["inputs", "layers"], ["weights", "biases"])
    inputs = take_integer(fields["inputs"], place / "inputs", "the number of inputs", 1)
    items = take_list(fields["layers"], place / "layers", "the hidden layers and the output layer")
    if not items:
        raise (place / "layers").error("found no layers; a network has at least the output layer")
    reader = SetReader()
    # A default is checked even where every layer overrides it.
    for key in ("weights", "biases"):
        if key in fields:
            _refuse_nested(fields[key], place / key)
            reader.read(fields[key], place / key)
    widths = [inputs]
    layers: list[Layer] = []
    total = 0
    for number, item in enumerate(items):
        where = place / "layers" / number
        own = take_object(item, where, ["units", "activation"], _LAYER_KEYS)
        units = take_integer(own["units"], where / "units", "the number of units", 1)
        sources = _sources(own, number, where)
        fan_in = sum(widths[source] for source in sources)
        total += units * (fan_in + 1)
        if total > MAX_PARAMETERS:
            raise (where / "units").error(
                f"the network has {total} parameters or more up to here; at most {MAX_PARAMETERS} are allowed"
            )
        weights, weights_place = _either(own, fields, "weights", where, place)
        biases, biases_place = _either(own, fields, "biases", where, place)
        layers.append(
            Layer(
                units=units,
                activation=_read_activation(own["activation"], where / "activation"),
                weights=read_weight_sets(weights, units, fan_in, reader, weights_place),
                biases=read_bias_sets(biases, units, reader, biases_place),
                sources=sources,
            )
        )
        widths.append(units)
    _check_read(layers, place)
    with InputErrors(place):
        return Network(inputs, tuple(layers))


def _refuse_nested(value: object, place: Place) -> None:
    if isinstance(value, dict) and ("per_edge" in value or "per_unit" in value):
        raise place.error("per_edge and per_unit belong to a layer; the network's default is one set")


def _either(own: dict[str, Any], shared: dict[str, Any], key: str, where: Place, place: Place) -> tuple[Any, Place]:
    if key in own:
        return own[key], where / key
    if key in shared:
        return shared[key], place / key
    raise where.error(f"the key {key!r} is missing here and as a default of the network")


def _sources(own: dict[str, Any], number: int, place: Place) -> tuple[int, ...]:
    if "from" not in own:
        return (number,)
    where = place / "from"
    items = take_list(own["from"], where, "the layers that this one reads: 0 is the input, 1 the first layer")
    if not items:
        raise where.error("found no sources; a layer reads at least one")
    sources = tuple(
        take_integer(item, where / position, f"a layer before this one, 0 to {number},", 0, number)
        for position, item in enumerate(items)
    )
    for position, source in enumerate(sources):
        if source in sources[:position]:
            raise (where / position).error(f"found the source {source} twice; sources are distinct")
    return sources


def _check_read(layers: list[Layer], place: Place) -> None:
    read = {source for layer in layers for source in layer.sources}
    for number in range(1, len(layers)):
        if number not in read:
            raise (place / "layers" / (number - 1)).error(
                f"no later layer reads layer {number}; remove it or name it in a later layer's 'from'"
            )


def _read_activation(value: object, place: Place) -> Activation:
    c = None
    name, name_place = value, place
    if isinstance(value, dict):
        fields = take_object(value, place, ["name"], ["c"])
        name, name_place = fields["name"], place / "name"
        c = take_number(fields["c"], place / "c") if "c" in fields else None
    if not isinstance(name, str) or name not in (*ACTIVATIONS, *POLYNOMIAL):
        shown = shorten(repr(name)) if isinstance(name, str) else found(name)
        raise name_place.error(f"found {shown}; known activations are {', '.join(ACTIVATIONS)}")
    with InputErrors(place):
        return activation(name, c)


def write_network(network: Network) -> dict[str, Any]:
    """The network as plain JSON; reading it gives an equal network."""
    layers = []
    for number, layer in enumerate(network.layers):
        act = layer.activation
        item: dict[str, Any] = {
            "units": layer.units,
            "activation": act.name if act.c is None else {"name": act.name, "c": number_json(act.c)},
        }
        if layer.sources != (number,):
            item["from"] = list(layer.sources)
        item["weights"] = write_sets(layer.weights)
        item["biases"] = write_sets(layer.biases)
        layers.append(item)
    return {"inputs": network.inputs, "layers": layers}
