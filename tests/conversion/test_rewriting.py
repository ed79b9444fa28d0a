"""Which passes run, in which order, and what they say of themselves."""

import importlib
import pkgutil
import re
from itertools import product
from typing import get_args

import pytest
from layer_cases import MAX_POOLED, stored

from workbench.conversion import passes as folder
from workbench.conversion.passes.conversion_pass import Kept, Pass
from workbench.conversion.rewriting import ALL, ARRANGING, arranged, passes, rewritten
from workbench.settings import Conversion, MaxPool

COMBINATIONS = [
    {"max_pool": rule, "spiking_pools": pools}
    for rule, pools in product(get_args(MaxPool), (False, True))
]


def test_every_pass_of_the_folder_has_a_place_in_the_order():
    found = {}
    for module in pkgutil.iter_modules(folder.__path__):
        contents = vars(importlib.import_module(f"{folder.__name__}.{module.name}"))
        found |= {name: each for name, each in contents.items() if isinstance(each, Pass)}
    assert set(found.values()) == set(ALL)
    assert {each.name.replace(" ", "_"): each for each in ALL} == found


@pytest.mark.parametrize("each", ALL, ids=lambda each: each.name)
def test_a_pass_says_what_readers_need(each):
    assert each.outputs in get_args(Kept)
    assert each.does
    assert each.does[0].islower()
    assert not each.does.endswith(".")
    for name, value in {**each.when, **each.unless}.items():
        Conversion(**{name: value})  # refuses settings and values that do not exist


def test_what_a_pass_expects_runs_before_it():
    places = {each.name.replace(" ", "_"): place for place, each in enumerate(ALL)}
    expected = [(name, each) for each in ALL for name in re.findall("`(.+?)`", each.expects)]
    assert len(expected) > 3
    for name, each in expected:
        assert places[name] < ALL.index(each), each.name


@pytest.mark.parametrize("settings", COMBINATIONS, ids=str)
def test_settings_choose_passes_and_keep_their_order(settings):
    chosen = passes(settings["max_pool"], spiking_pools=settings["spiking_pools"])
    assert list(chosen) == [each for each in ALL if each in chosen]
    names = {each.name for each in chosen}
    assert ("give pools neurons" in names) == settings["spiking_pools"]
    assert ("average max pooling" in names) == (settings["max_pool"] == "average_pooling")
    written = {"write max pooling as relu", "write signed max pooling as relu"} & names
    assert written == {
        "write max pooling as relu"
        if settings["max_pool"] == "relu"
        else "write signed max pooling as relu"
    }
    always = {each.name for each in ALL[:-1] if not each.when and not each.unless}
    assert always <= names


@pytest.mark.parametrize("name", MAX_POOLED)
def test_passes_that_guarantee_it_leave_no_max_pooling(name):
    guaranteeing = [each for each in ALL if each.guarantees == "no max pooling is left"]
    assert len(guaranteeing) == 2
    for each in guaranteeing:
        assert not any(node.layer.maximum for node in each(stored(name)).nodes)


@pytest.mark.parametrize("name", MAX_POOLED[:2])
def test_networks_of_tables_leave_approximations_out(name):
    network = stored(name)
    pools = [node.layer.kind for node in rewritten(network, "average_pooling").nodes]
    assert "MaxPool2D" in pools
    by_hand = network
    for each in passes():
        by_hand = each(by_hand) if each in ARRANGING else by_hand
    assert arranged(network) == by_hand
