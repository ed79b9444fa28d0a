"""Limits of containers, in trees of files as Linux shows them."""

import pytest

from workbench.util import memory_budget as budget
from workbench.util.control_groups import group_allowance

MB = 10**6


@pytest.fixture
def machine(tmp_path):
    """Folders of control groups, and the file that tells those of this process."""

    def build(membership, groups):
        for path, files in groups.items():
            folder = tmp_path / "groups" / path
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                (folder / name).write_text(f"{content}\n")
        (tmp_path / "membership").write_text(membership)
        return tmp_path / "groups", tmp_path / "membership"

    return build


def second(most, current, cached=0):
    stat = f"anon 7\ninactive_file {cached}"
    return {"memory.max": most, "memory.current": current, "memory.stat": stat}


def first(most, current, cached=0):
    stat = f"rss 7\ninactive_file 1\ntotal_inactive_file {cached}"
    return {
        "memory.limit_in_bytes": most,
        "memory.usage_in_bytes": current,
        "memory.stat": stat,
    }


@pytest.mark.parametrize(
    ("membership", "groups", "left"),
    [
        ("0::/\n", {"": second(500 * MB, 200 * MB, cached=50 * MB)}, 350 * MB),
        ("0::/\n", {"": second("max", 200 * MB)}, None),
        ("0::/a/b\n", {"a/b": second("max", 1), "a": second(9 * MB, 2 * MB)}, 7 * MB),
        ("0::/a/b\n", {"a/b": second(5 * MB, MB), "a": second(3 * MB, 2 * MB)}, MB),
        ("0::/a\n", {"a": second(5 * MB, 9 * MB)}, 0),
        ("0::/outside/id\n", {"": second(500 * MB, 200 * MB)}, 300 * MB),
        ("4:cpu,memory:/d\n0::/\n", {"memory/d": first(8 * MB, 3 * MB, MB)}, 6 * MB),
        ("4:memory:/d\n", {"memory": first(2**63 - 4096, 3 * MB)}, None),
        ("4:cpu:/d\n", {"memory/d": first(8 * MB, 3 * MB)}, None),
        ("", {}, None),
        ("damaged", {"": {"memory.max": "x"}}, None),
    ],
)
def test_the_least_that_is_left_counts(machine, membership, groups, left):
    assert group_allowance(*machine(membership, groups)) == left


def test_a_system_without_groups_has_no_limit(tmp_path):
    assert group_allowance(tmp_path / "none", tmp_path / "nothing") is None


def test_memory_of_a_container_counts_as_free(monkeypatch):
    monkeypatch.setattr(budget, "group_allowance", lambda: 12345)
    assert budget.free_memory() == 12345
    monkeypatch.setattr(budget, "group_allowance", lambda: None)
    assert budget.free_memory() > 12345
