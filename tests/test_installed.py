from workbench.installed import installed


def test_what_can_be_imported_is_installed():
    assert installed("numpy")
    assert installed("json")
    assert not installed("no_package_of_this_name")


def test_a_folder_of_that_name_is_no_package(tmp_path, monkeypatch):
    (tmp_path / "no_package_of_this_name").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert not installed("no_package_of_this_name")
    (tmp_path / "no_package_of_this_name" / "__init__.py").write_text("")
    assert installed("no_package_of_this_name")
