"""Whether other accounts could change what numba reads from its cache."""

import os
from pathlib import Path

import pytest

from workbench.simulation.kernels.cache_owner import changeable_by_others

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="folders have no modes here")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "above" / "cache"
    made.mkdir(parents=True)
    return made


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o775])
def test_a_folder_of_this_account_is_its_own(folder, mode):
    folder.chmod(mode)
    folder.parent.chmod(mode)
    assert changeable_by_others(folder) is None


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702])
def test_a_folder_that_everybody_may_write_to_is_not(folder, mode):
    folder.chmod(mode)
    assert changeable_by_others(folder) == folder


def test_a_folder_above_counts_unless_it_can_only_be_added_to(folder):
    folder.parent.chmod(0o777)
    assert changeable_by_others(folder) == folder.parent
    folder.parent.chmod(0o1777)
    assert changeable_by_others(folder) is None


def test_a_link_does_not_hide_where_it_leads(folder, tmp_path):
    folder.chmod(0o777)
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert changeable_by_others(link) == folder


def test_a_folder_of_somebody_else_is_not_trusted(folder, monkeypatch):
    real, stranger = Path.stat, 4711

    def stat(path, **options):
        found = real(path, **options)
        if path != folder:
            return found
        return os.stat_result([*found[:4], stranger, *found[5:10]])

    monkeypatch.setattr(Path, "stat", stat)
    assert changeable_by_others(folder) == folder
    assert changeable_by_others(folder, {stranger}) is None
