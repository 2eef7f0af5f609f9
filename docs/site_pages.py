"""The pages of the site that are made of something else, so that nothing is written twice.

The start, the changelog and the advice to contributors are the files at the root, the reference of the commands is what
their options say, the reference of the library is its docstrings, and how to cite is what CITATION.cff says.
"""

from __future__ import annotations

import re
from pathlib import Path

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

import dnnt_encode
from dnnt_encode.cli.main import dnnt

ROOT = Path(__file__).parents[1]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Called by mkdocs, with the files of this folder."""
    pages = {
        "index.md": from_the_root("README.md"),
        "changelog.md": from_the_root("CHANGELOG.md"),
        "contributing.md": from_the_root("CONTRIBUTING.md"),
        "citing.md": "# How to cite\n\nFrom `CITATION.cff`, which reference managers read:\n\n```yaml\n"
        + (ROOT / "CITATION.cff").read_text(encoding="utf-8")
        + "```\n",
        "commands.md": commands(),
        "api.md": api(),
    }
    for name, content in pages.items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Called by mkdocs for every page: the README is the start of the site."""
    return markdown.replace("../README.md", "index.md")


def from_the_root(name: str) -> str:
    """A file of the root: links into docs/ are links of the site, other links of the tree are names."""
    text = (ROOT / name).read_text(encoding="utf-8")
    for made, source in {
        "contributing": "CONTRIBUTING.md",
        "changelog": "CHANGELOG.md",
        "citing": "CITATION.cff",
    }.items():
        text = text.replace(f"({source})", f"({made}.md)")
    text = re.sub(r"\(docs/([^)]+)\)", r"(\1)", text)
    return re.sub(r"\[([^\]]+)\]\((?:examples|LICENSE|Dockerfile)[^)]*\)", r"\1", text)


def commands() -> str:
    """Every command with its arguments and options, as click knows them."""
    context = click.Context(dnnt, info_name="dnnt")
    parts = [
        "# Commands\n",
        "What `dnnt COMMAND --help` says. Exit codes are [in the overview](index.md#the-command-line).\n",
    ]
    for name in dnnt.list_commands(context):
        command = dnnt.get_command(context, name)
        assert command is not None
        inner = click.Context(command, context, info_name=name, terminal_width=100, max_content_width=100)
        parts.append(f"## dnnt {name}\n\n```text\n{command.get_help(inner)}\n```\n")
        if isinstance(command, click.Group):
            for sub in command.list_commands(inner):
                member = command.get_command(inner, sub)
                assert member is not None
                innermost = click.Context(member, inner, info_name=sub, terminal_width=100, max_content_width=100)
                parts.append(f"### dnnt {name} {sub}\n\n```text\n{member.get_help(innermost)}\n```\n")
    return "\n".join(parts)


def api() -> str:
    """Every public name, and the estimators."""
    names = [f"dnnt_encode.{name}" for name in dnnt_encode.__all__ if name != "__version__"]
    parts = [
        "# Library\n",
        "Every name of `dnnt_encode`, and the estimators. [Library](library.md) shows them at work.\n",
    ]
    estimators = ["DiscreteNetworkClassifier", "DiscreteNetworkRegressor", "ScoringSystemClassifier"]
    names += [f"dnnt_encode.estimator.{name}" for name in estimators]
    return "\n".join([*parts, *(f"::: {name}\n" for name in names)])
