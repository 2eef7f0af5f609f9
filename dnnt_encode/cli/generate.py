"""`dnnt generate FAMILY`: an instance of a family; `dnnt families`: which there are.

The options are the parameters that the families declare."""

from __future__ import annotations

from typing import Any

import click

from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.options import OutputName, Whole
from dnnt_encode.cli.standard_streams import say, tell
from dnnt_encode.families.catalogue import families as all_families
from dnnt_encode.families.family import Family, FamilyParameter


class FamilyGroup(click.Group):
    """A command for every family of the catalogue."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(all_families())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = all_families().get(cmd_name)
        return None if found is None else _command(found)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Families"):
            formatter.write_dl([(name, family.summary) for name, family in all_families().items()])


@click.group("generate", cls=FamilyGroup, subcommand_metavar="FAMILY [OPTIONS]...")
def generate() -> None:
    """Generate an instance of a FAMILY. `dnnt generate FAMILY --help` tells its parameters."""


@click.command()
def families() -> None:
    """List the families of instances."""
    rows = [("family", "construction", "what it is", "what stays fixed")]
    rows += [(f.name, f.reduction or "-", f.summary, f.fixes) for f in all_families().values()]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        padded = [text.ljust(width) for text, width in zip(row, widths, strict=False)]
        say("  ".join([*padded, row[3]]).rstrip())


def _command(family: Family[Any]) -> click.Command:
    options: list[click.Parameter] = [_option(parameter) for parameter in family.parameters]
    options.append(click.Option(["--seed"], type=Whole(0), default=0, help="The same seed, the same instance."))
    options.append(
        click.Option(
            ["-o", "--output"],
            type=OutputName(),
            default="-",
            metavar="INSTANCE",
            help="Where it goes; - is standard output.",
        )
    )
    summary = f"{family.summary[:1].upper()}{family.summary[1:]}."
    text = summary + (f"\n\nConstruction {family.reduction}." if family.reduction else "")
    if family.fixes:
        text += f" Fixed: {family.fixes}."
    return click.Command(family.name, params=options, callback=_callback(family), help=text)


def _callback(family: Family[Any]) -> Any:
    def run(seed: int, output: str, **given: Any) -> None:
        from dnnt_encode.parsers.instance_json import save_instance

        files = {f"--{each.name}": given.get(each.name) for each in family.parameters if each.kind == "file"}
        check_files(files, {"-o": output})
        instance = family.generate(seed, **given)
        save_instance(instance, output)
        known = (instance.source or {}).get("known", {}).get("answer")
        answer = "" if known is None else f", known answer {known}"
        goal = "minimise" if instance.threshold is None else f"threshold {instance.threshold}"
        what = f"{instance.network}, {instance.dataset.total} samples, {instance.loss.name}"
        tell(f"c {instance.name}: {what}, {goal}{answer}")

    return run


def _option(parameter: FamilyParameter) -> click.Option:
    name = f"--{parameter.name.replace('_', '-')}"
    default = f" Default: {parameter.default}." if parameter.default not in (None, False) else ""
    text = parameter.help + default
    if parameter.kind == "flag":
        return click.Option([name], is_flag=True, help=text)
    kind: Any
    if parameter.kind == "integer":
        kind = Whole(parameter.least)
    elif parameter.kind == "choice":
        kind = click.Choice(parameter.choices)
    else:
        kind = click.STRING
    return click.Option([name], type=kind, help=text, metavar=parameter.kind.upper() if kind is click.STRING else None)
