"""Models out to files."""

from __future__ import annotations

from dnnt_encode.exchange.encode import encode
from dnnt_encode.exchange.model_file import ModelFile
from dnnt_encode.exchange.question import Question
from dnnt_encode.formats.streams import FileName, writing
from dnnt_encode.instance.instance import Instance


def export(instance: Instance, question: Question, target: FileName) -> ModelFile:
    """Write a model of the instance to a file (``.gz`` and ``.xz`` by the name, ``-`` for standard output); what it
    holds.

    Raises ModelTooLarge before anything is built where it would not fit, InputError where the file cannot be written.
    """
    encoded = encode(instance, question)
    with writing(target) as stream:
        for part in encoded.text():
            stream.write(part)
    return encoded.model
