"""Every step and every split keeps what it promises, against brute force; each is tested by being in its list."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dnnt_encode.analysis.view import View
from dnnt_encode.instance import Instance
from dnnt_encode.reduce import SPLITS, STEPS, Contradiction, Split, Step, chain
from tests.random_instances import classifiers
from tests.reduce.oracle import check, check_contradiction
from tests.reduce.planted import planted_instances

EXAMPLES = int(os.environ.get("DNNT_EXAMPLES", "60"))
DISTINCT = list(dict.fromkeys(STEPS))


def relaxed(examples: int) -> settings:
    return settings(max_examples=max(examples, 1), deadline=None, suppress_health_check=list(HealthCheck))


def check_step(step: Step, instance: Instance) -> None:
    found = step(View(instance))
    if isinstance(found, Contradiction):
        check_contradiction(instance, found)
    elif found is not None:
        check(instance, [found])


def check_chain(instance: Instance) -> None:
    found = chain(instance, STEPS)
    if found.contradiction is not None:
        check_contradiction(instance, found.contradiction)
    elif found.steps:
        check(instance, [found])
    for quality in ("loss", "count", "nonzeros"):
        kept = chain(instance, STEPS, frozenset({quality}))
        assert all(quality in step.preserves for step in kept.steps)


@pytest.mark.parametrize("step", DISTINCT, ids=lambda step: step.__name__)
@relaxed(EXAMPLES)
@given(instance=planted_instances())
def test_a_step_keeps_what_it_promises(step: Step, instance: Instance) -> None:
    check_step(step, instance)


@pytest.mark.parametrize("split", SPLITS, ids=lambda split: split.__name__)
@relaxed(EXAMPLES)
@given(instance=st.one_of(planted_instances(assignments=150), classifiers(assignments=400)))
def test_a_split_keeps_what_it_promises(split: Split, instance: Instance) -> None:
    if parts := split(instance):
        check(instance, parts)


@relaxed(EXAMPLES)
@given(planted_instances())
def test_the_chain_keeps_what_it_promises(instance: Instance) -> None:
    check_chain(instance)


@pytest.mark.nightly
@relaxed(3000)
@given(planted_instances(assignments=200))
def test_all_steps_keep_what_they_promise_on_many_instances(instance: Instance) -> None:
    for step in DISTINCT:
        check_step(step, instance)
    for split in SPLITS:
        if parts := split(instance):
            check(instance, parts)
    check_chain(instance)
