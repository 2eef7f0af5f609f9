"""A user's own table as an instance: choose columns and rows, encode, and record every step."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError, InputErrors
from dnnt_encode.instance.activations import Activation
from dnnt_encode.instance.behaviour import check_constraints
from dnnt_encode.instance.instance import TERNARY, Instance
from dnnt_encode.instance.losses import loss as loss_of
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.instance.strategies import EnsembleStrategy
from dnnt_encode.parsers import preprocessing, targets
from dnnt_encode.parsers.column_report import column_report
from dnnt_encode.parsers.columns import Column, ColumnKind, column_of, kind_of, label
from dnnt_encode.parsers.encodings import parse_encoding
from dnnt_encode.parsers.files import readable_name
from dnnt_encode.parsers.import_constraints import NOTHING, Wanted, constraints_of
from dnnt_encode.parsers.network_json import MAX_PARAMETERS
from dnnt_encode.parsers.notations import FoundNotation, find_notation
from dnnt_encode.parsers.places import shorten
from dnnt_encode.parsers.row_weights import class_factors, times_factors, whole_counts
from dnnt_encode.parsers.table import Table

_GROUPED = re.compile("[+-]?[1-9][0-9]{0,2}(?:\\.[0-9]{3})?|0")

MANY_CATEGORIES = 20
"""A categorical column with more values than this, most of them rare, is pointed out: it may be an identifier."""


@dataclass(frozen=True)
class ImportOptions:
    """How a table becomes an instance. Columns are given by name or by index from 0.

    ``encode`` is an encoding for all columns and ``encode_columns`` one for some, likewise ``missing``. Training rows
    are all, or ``rows`` of them, or all but the share ``test``, or all but part k (from 0) of n where ``fold`` is (k,
    n); they are drawn with ``seed``. ``columns`` are the ones to learn from (None: all but the target), less
    ``exclude``. ``weight`` is a column that says what each row weighs, ``class_weight`` what rows of each class weigh,
    by label, or ``balanced``. ``wanted``: constraints on behaviour. ``strategy``: to train an ensemble.
    ``target_kind``, ``loss`` and the kinds of columns go by content where they are None.
    """

    target: str
    hidden: tuple[int, ...] = (4,)
    target_kind: targets.TargetKind | None = None
    positive: str | None = None
    weights: Any = TERNARY
    biases: Any = None
    activation: str | Activation = "relu"
    loss: str | None = None
    margin: Fraction | None = None
    threshold: Fraction | None = None
    columns: Sequence[str] | None = None
    exclude: Sequence[str] = ()
    numeric: Sequence[str] = ()
    categorical: Sequence[str] = ()
    missing: str = "error"
    missing_columns: tuple[tuple[str, str], ...] = ()
    encode: str = "median"
    encode_columns: tuple[tuple[str, str], ...] = ()
    rows: int | None = None
    test: Fraction | None = None
    fold: tuple[int, int] | None = None
    seed: int = 0
    weight: str | None = None
    class_weight: str | Mapping[str, Fraction] | None = None
    strategy: EnsembleStrategy | None = None
    name: str | None = None
    wanted: Wanted = NOTHING


@dataclass(frozen=True, eq=False)
class Imported:
    """The instance, the rows that were left for testing, as they stand in the table, and remarks for the user."""

    instance: Instance
    rest: Table
    remarks: tuple[str, ...]


def import_table(table: Table, options: ImportOptions) -> Imported:
    """The instance of a table. Raises InputError for whatever the options ask that the table does not have."""
    if not table.rows:
        raise InputError(
            "the table has a header and no rows; at least one is needed (--no-header if its first line is a row)",
            place=table.name,
        )
    target = table.find(options.target)
    names = _chosen_columns(table, target, options)
    notation = find_notation(table, _undeclared(table, [*names, target], target, options))
    table = replace(table, notation=notation.notation)
    kind = _target_kind(table, target, options)
    goal = targets.target_column(table, target, kind)
    kinds = _kinds(table, names, options)
    encode = _encodings(table, names, options)
    columns = [column_of(table, name, kinds[name]) for name in names]
    weight = _weight_column(table, options)
    training = _training_rows(table, columns, goal, kind, weight, options)
    goal = goal.take(training)
    columns = [column.take(training) for column in columns]
    positive = None if options.positive is None else label(options.positive, table.notation)
    fitted = targets.fit_target(goal, kind, positive)
    counts, unit = _counts(table, goal, fitted, None if weight is None else weight.take(training), options)
    record = preprocessing.fit(columns, options.missing, encode, counts, own_missing=_own_missing(table, options))
    record = {**record, "target": fitted, "header": table.header}
    if table.notation.record():
        record["notation"] = table.notation.record()
    if len(training) < len(table.rows):
        record["rows"] = training.tolist()
    instance = _build(table, record, preprocessing.apply(record, columns), goal, counts, options)
    constraints = constraints_of(table, training, record, options.wanted)
    with InputErrors("constraints"):
        instance = replace(instance, constraints=constraints)
        check_constraints(instance)
    rest = table.take(sorted(set(range(len(table.rows))) - set(training.tolist())))
    remarks = [*_remarks(table, record, columns, instance), *_readings(table, notation, [*columns, goal])]
    if unit != 1:
        remarks.append(f"weights of rows are counted in units of {unit}, and so are losses and thresholds")
    return Imported(instance, rest, tuple(remarks))


def _weight_column(table: Table, options: ImportOptions) -> Column | None:
    """What each row weighs, where a column says so. Raises InputError for a weight below 0."""
    if options.weight is None:
        return None
    column = column_of(table, table.find(options.weight), "numeric")
    assert column.numbers is not None
    wrong = np.flatnonzero((column.numbers.numerators < 0) & ~column.missing)
    if len(wrong):
        cell = table.column(column.name)[int(wrong[0])]
        where = f"{table.name}, line {table.lines[int(wrong[0])]}, column {column.name!r}"
        raise InputError(f"found the weight {shorten(repr(cell))}; a row weighs 0 or more", where)
    return column


def _counts(
    table: Table, goal: Column, target: dict[str, Any], weight: Column | None, options: ImportOptions
) -> tuple[np.ndarray, Fraction]:
    """How often each training row counts, and the weight of one time."""
    exact = ExactArray.from_values(np.ones(len(goal), dtype=np.int64))
    if weight is not None and weight.numbers is not None:
        exact = weight.numbers
    given = options.class_weight
    if given is not None:
        if target["kind"] != "class":
            raise InputError(f"found class weights; the target {goal.name!r} has numbers, not classes")
        if not isinstance(given, str):
            given = {label(text, table.notation): factor for text, factor in given.items()}
        classes, names = targets.class_indices(target, goal.texts()), targets.class_names(target)
        factors = class_factors(given, names, np.bincount(classes, minlength=len(names)).tolist())
        exact = times_factors(exact, factors, classes)
    with InputErrors(table.name):
        return whole_counts(exact)


def _target_kind(table: Table, target: str, options: ImportOptions) -> targets.TargetKind:
    by_loss: targets.TargetKind | None = None
    if options.loss is not None:
        by_loss = "class" if _loss(options).targets == "class" else "numeric"
    elif options.positive is not None:
        by_loss = "class"
    if options.target_kind is None:
        return by_loss or targets.target_kind(table, target)
    if by_loss is not None and by_loss != options.target_kind:
        reason = f"the loss {options.loss}" if options.loss is not None else "a positive label"
        raise InputError(f"the target is to be {options.target_kind}, but {reason} needs one that is {by_loss}")
    return options.target_kind


def _loss(options: ImportOptions) -> Any:
    with InputErrors():
        return loss_of(options.loss or "misclassification")


def _chosen_columns(table: Table, target: str, options: ImportOptions) -> list[str]:
    chosen = list(table.columns) if options.columns is None else [table.find(key) for key in options.columns]
    excluded = {table.find(key) for key in options.exclude}
    if options.weight is not None:
        excluded.add(table.find(options.weight))
        if target in excluded:
            raise InputError(f"the column {target!r} cannot be the target and the weight", place=table.name)
    if options.columns is not None and target in chosen:
        raise InputError(f"the target {target!r} is among the columns to learn from", place=table.name)
    names = [name for name in dict.fromkeys(chosen) if name != target and name not in excluded]
    if not names:
        raise InputError("no column is left to learn from beside the target", place=table.name)
    return names


def _undeclared(table: Table, names: list[str], target: str, options: ImportOptions) -> list[str]:
    """The columns whose cells may be numbers."""
    texts = {table.find(key) for key in options.categorical}
    if options.target_kind == "class" or options.positive is not None:
        texts.add(target)
    return [name for name in names if name not in texts]


def _kinds(table: Table, names: list[str], options: ImportOptions) -> dict[str, ColumnKind]:
    declared: dict[str, ColumnKind] = {table.find(key): "numeric" for key in options.numeric}
    for key in options.categorical:
        if declared.get(table.find(key)) == "numeric":
            raise InputError(f"the column {table.find(key)!r} is declared both numeric and categorical")
        declared[table.find(key)] = "categorical"
    return {name: declared[name] if name in declared else kind_of(table, name) for name in names}


def _encodings(table: Table, names: list[str], options: ImportOptions) -> dict[str, str]:
    result = dict.fromkeys(names, options.encode)
    for key, encode in options.encode_columns:
        result[table.find(key)] = encode
    for encode in result.values():
        with InputErrors():
            parse_encoding(encode)
    return result


def _training_rows(
    table: Table,
    columns: list[Column],
    goal: Column,
    kind: targets.TargetKind,
    weight: Column | None,
    options: ImportOptions,
) -> np.ndarray:
    """The numbers of the rows to learn from: without gaps where those are dropped, then as many as asked for."""
    own = _own_missing(table, options)
    for rule in (options.missing, *own.values()):
        if rule not in preprocessing.MISSING_CHOICES:
            known = ", ".join(preprocessing.MISSING_CHOICES)
            raise InputError(f"found {shorten(repr(rule))} for missing values; known are {known}")
    rules = [own.get(column.name, options.missing) for column in columns]
    # A target is never filled in.
    drops = own.get(goal.name, options.missing) == "drop"
    if not drops:
        targets.refuse_missing_target(table, goal)
    strict = [] if weight is None else [weight]
    usable = preprocessing.usable_rows(
        table, [*columns, goal, *strict], [*rules, "drop" if drops else "error", *("error" for _ in strict)]
    )
    if weight is not None and weight.numbers is not None:
        usable = usable[weight.numbers.numerators[usable] != 0]
    if not len(usable):
        raise InputError("every row has a missing value; exclude the column that lacks most", place=table.name)
    left = goal.take(usable)
    groups: Sequence[object] = left.texts() if kind == "class" else [0] * len(left)
    if options.fold is not None:
        number, folds = options.fold
        return np.asarray(usable[targets.stratified_folds(groups, folds, options.seed) != number])
    count = options.rows
    if options.test is not None:
        if not 0 < options.test < 1:
            raise InputError(f"found the share {options.test} of rows for testing; one between 0 and 1 is needed")
        count = len(usable) - round(options.test * len(usable))
    return usable if count is None else np.asarray(usable[targets.stratified_rows(groups, count, options.seed)])


def _own_missing(table: Table, options: ImportOptions) -> dict[str, str]:
    """The columns that have a choice of their own for missing values."""
    return {table.find(key): rule for key, rule in options.missing_columns}


def _build(
    table: Table, record: dict[str, Any], x: ExactArray, goal: Column, counts: np.ndarray, options: ImportOptions
) -> Instance:
    target = record["target"]
    y: Any
    if target["kind"] == "class":
        y, classes = targets.class_indices(target, goal.texts()), targets.class_names(target)
        outputs = 1 if len(classes) == 2 else len(classes)
        chosen = options.loss or "misclassification"
    else:
        assert goal.numbers is not None
        y, classes, outputs, chosen = goal.numbers, None, None, options.loss or "l1"
    widths = (x.shape[1], *options.hidden, outputs or 1)
    size = sum((before + 1) * units for before, units in pairwise(widths))
    if size > MAX_PARAMETERS:
        raise InputError(f"the network would have {size} parameters; at most {MAX_PARAMETERS} are allowed")
    instance = Instance.from_arrays(
        x,
        y,
        hidden=options.hidden,
        weights=options.weights,
        biases=options.biases,
        activation=options.activation,
        loss=chosen,
        margin=options.margin,
        threshold=options.threshold,
        outputs=outputs,
        multiplicity=counts,
        classes=classes,
        name=options.name or ("table" if table.name.startswith("<") else readable_name(Path(table.name).stem)),
    )
    with InputErrors():
        return replace(instance, preprocessing=record, strategy=options.strategy)


def _remarks(table: Table, record: dict[str, Any], columns: list[Column], instance: Instance) -> list[str]:
    target, samples = record["target"], len(columns[0])
    shape = f"{samples} of {len(table.rows)} rows, {len(record['columns'])} columns, {len(record['features'])} features"
    remarks = [f"{shape}, separator {table.separator!r}"]
    if target["kind"] == "class":
        counts = np.bincount(np.asarray(instance.dataset.y), minlength=instance.class_count).tolist()
        names = targets.class_names(target)
        shown = ", ".join(f"{name} ({count})" for name, count in list(zip(names, counts, strict=True))[:10])
        outputs = f"one output, positive for {names[1]}" if instance.network.outputs == 1 else f"{len(names)} outputs"
        remarks.append(f"target {target['name']!r}, classes: {shown}; {outputs}")
    else:
        remarks.append(f"target {target['name']!r}, numeric")
    remarks += column_report(record, columns)
    dropped = [item["name"] for item in record["columns"] if item["encode"] == "dropped"]
    if dropped:
        remarks.append(f"left out as constant in these rows: {', '.join(dropped)}")
    for item, column in zip(record["columns"], columns, strict=True):
        count = len(item.get("categories", ()))
        if count > MANY_CATEGORIES and 2 * count > samples:
            remarks.append(f"column {item['name']!r} has {count} different values: is it an identifier?")
        elif _counts_up(column):
            remarks.append(f"column {item['name']!r} counts the rows: exclude it if it is no more than their number")
    return remarks


def _readings(table: Table, notation: FoundNotation, columns: list[Column]) -> list[str]:
    """How numbers were read where that is not plain to see."""
    remarks = []
    if notation.signs:
        found = " and ".join(f"{sign} (column {name!r}: {shorten(repr(cell))})" for sign, cell, name in notation.signs)
        remarks.append(f"numbers are read with {found}; --decimal and --thousands say otherwise")
    percent = [column.name for column in columns if column.percent]
    if percent:
        remarks.append(f"read as hundredths, 5% as 0.05: {', '.join(percent)}")
    for column in columns:
        decimals = column.numbers is not None and column.numbers.denominator > 1 and not column.percent
        # 1.234 beside 950: what looks like decimals may be thousands.
        if decimals and table.notation.signs[0] == "." and all(map(_GROUPED.fullmatch, table.present(column.name))):
            remarks.append(
                f"column {column.name!r}: every number with a point has three digits after it; if that point stands "
                f"between thousands, say --thousands ."
            )
    return remarks


def _counts_up(column: Column) -> bool:
    if column.numbers is None or column.numbers.denominator != 1 or len(column) < 3:
        return False
    steps = np.diff(column.numbers.numerators)
    return bool((steps == 1).all())
