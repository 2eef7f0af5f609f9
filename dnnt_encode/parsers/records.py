"""The form of a preprocessing record, checked before anything is applied: it may come from a file of anybody's."""

from __future__ import annotations

from typing import Any

from dnnt_encode.errors import InputErrors
from dnnt_encode.parsers.encodings import feature_names
from dnnt_encode.parsers.notation import Notation
from dnnt_encode.parsers.numbers import MAX_FILE_DIGITS
from dnnt_encode.parsers.places import Place, take_integer, take_list, take_number, take_object, take_string
from dnnt_encode.parsers.preprocessing import FILLING, MISSING_CHOICES

_ENCODES = {
    "dropped": "constant",
    "none": None,
    "onehot": "categories",
    "median": "cuts",
    "quantile": "cuts",
    "thermometer": "cuts",
    "bits": "cuts",
}


_COLUMN = ("fill", "percent", "constant", "categories", "cuts", "decimals", "missing", "indicator")
_OPTIONAL = ("target", "header", "notation", "rows")


def check_record(record: object) -> dict[str, Any]:
    """``record`` itself, where ``preprocessing.apply_table`` can follow it. Raises InputError naming what it cannot."""
    place = Place("preprocessing")
    fields = take_object(record, place, ["missing", "columns", "features"], _OPTIONAL)
    _check_rule(fields["missing"], place / "missing")
    for number, item in enumerate(take_list(fields["columns"], place / "columns", "the columns of the table")):
        _check_column(item, place / "columns" / number)
        fills = item.get("missing", fields["missing"]) in FILLING
        if fills and item["encode"] != "dropped" and item.get("fill") is None:
            raise (place / "columns" / number).error("the key 'fill' is missing: the value for gaps")
    _strings(fields["features"], place / "features")
    names = [name for item in fields["columns"] for name in feature_names(item)]
    if not names or fields["features"] != names:
        raise (place / "features").error(f"the columns give {len(names)} features, of other names or none at all")
    _check_truth(fields, "header", place)
    if "notation" in fields:
        _check_notation(fields["notation"], place / "notation")
    if "target" in fields:
        _check_target(fields["target"], place / "target")
    return fields


def _check_rule(value: object, place: Place) -> None:
    if value not in MISSING_CHOICES:
        raise place.error(f"one of {', '.join(MISSING_CHOICES)} is needed")


def _check_column(value: object, place: Place) -> None:
    item = take_object(value, place, ["name", "kind", "encode"], _COLUMN)
    take_string(item["name"], place / "name", "the name of a column")
    if item["kind"] not in ("numeric", "categorical"):
        raise (place / "kind").error("numeric or categorical is needed")
    encode = item["encode"]
    if not isinstance(encode, str) or encode not in _ENCODES:
        raise (place / "encode").error(f"one of {', '.join(_ENCODES)} is needed")
    if item["kind"] == "categorical" and encode not in ("dropped", "onehot"):
        raise (place / "encode").error(f"a categorical column is encoded onehot, not {encode}")
    need = _ENCODES[encode]
    if need in ("categories", "cuts") and need not in item:
        raise place.error(f"the key {need!r} is missing")
    if need == "categories":
        _strings(item["categories"], place / "categories")
    if need == "cuts":
        cuts = take_list(item["cuts"], place / "cuts", "numbers between which the ranges lie")
        for number, cut in enumerate(cuts):
            _number(cut, place / "cuts" / number)
        if not cuts or (encode == "median" and len(cuts) != 1):
            raise (place / "cuts").error("median has one cut, the other encodings at least one")
    if item.get("fill") is not None:
        if item["kind"] == "numeric":
            _number(item["fill"], place / "fill")
        else:
            take_string(item["fill"], place / "fill", "the category that fills a gap")
    if "missing" in item:
        _check_rule(item["missing"], place / "missing")
    _check_truth(item, "indicator", place)
    if "decimals" in item:
        take_integer(item["decimals"], place / "decimals", "how many decimals the numbers have", 0, MAX_FILE_DIGITS)
    _check_truth(item, "percent", place)


def _check_truth(item: dict[str, Any], key: str, place: Place) -> None:
    if key in item and not isinstance(item[key], bool):
        raise (place / key).error("true or false is needed")


def _check_notation(value: object, place: Place) -> None:
    fields = take_object(value, place, [], ["decimal", "thousands", "missing"])
    for key in ("decimal", "thousands"):
        if key in fields:
            take_string(fields[key], place / key, "a sign in numbers")
    _strings(fields.get("missing", []), place / "missing")
    with InputErrors(place):
        Notation(fields.get("decimal"), fields.get("thousands"))


def _check_target(value: object, place: Place) -> None:
    target = take_object(value, place, ["name", "kind"], ["labels", "positive", "percent"])
    take_string(target["name"], place / "name", "the name of a column")
    if target["kind"] not in ("class", "numeric"):
        raise (place / "kind").error("class or numeric is needed")
    _check_truth(target, "percent", place)
    if target["kind"] == "class":
        _strings(target.get("labels"), place / "labels")
        if len(target["labels"]) < 2:
            raise (place / "labels").error("a class target has at least two labels")
        if "positive" in target and target["positive"] not in target["labels"]:
            raise (place / "positive").error("one of the labels is needed")


def _strings(value: object, place: Place) -> None:
    for number, item in enumerate(take_list(value, place, "strings")):
        take_string(item, place / number, "a name")


def _number(value: object, place: Place) -> None:
    if isinstance(value, float):
        raise place.error("found a decimal; an integer or a string 'p/q' is needed")
    take_number(value, place)
