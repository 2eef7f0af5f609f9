"""``dnnt from``: a float model of another tool as weights to start from."""

from __future__ import annotations

import click

from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.options import InputName, OutputName
from dnnt_encode.cli.standard_streams import say, tell


@click.command("from")
@click.argument("model", type=InputName())
@click.argument("instance", type=InputName())
@click.option(
    "-o",
    "--output",
    type=OutputName(),
    default="-",
    metavar="WEIGHTS",
    help="Where the weights go; - is standard output.",
)
@click.option(
    "--self-contained", is_flag=True, help="With the network and the preprocessing, so that they predict alone."
)
@click.option("--trust-pickle", is_flag=True, help="Read a pickle, which runs the code of whoever made it.")
def from_model(model: str, instance: str, output: str, self_contained: bool, trust_pickle: bool) -> None:
    """Round a trained float MODEL to allowed weights of INSTANCE, for `dnnt solve --start`.

    MODEL is .onnx, .npz, or a pickle of scikit-learn's MLPClassifier or MLPRegressor; it reads the inputs of the
    instance and has its layers. Each unit is scaled, where that changes nothing, so that its weights come near to
    allowed ones.
    """
    check_files({"MODEL": model, "INSTANCE": instance}, {"-o": output})
    from dnnt_encode.instance.evaluate import evaluate
    from dnnt_encode.parsers.instance_json import load_instance
    from dnnt_encode.parsers.weights_json import save_weights
    from dnnt_encode.transfer.kinds import read_network

    problem = load_instance(instance)
    weights = read_network(model, problem, trust_pickle=trust_pickle)
    save_weights(weights, output, self_contained)
    (tell if output == "-" else say)(f"c loss {evaluate(problem, weights).loss}, verified exactly; weights: {output}")
