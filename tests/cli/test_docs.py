"""What `snn-workbench docs` opens and prints."""

import pytest

from workbench.cli.main import main


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A built site beside a package, as in an installation."""
    monkeypatch.setattr("workbench.util.package_data._PACKAGE", tmp_path / "workbench")
    page = tmp_path / "workbench" / "_shipped" / "docs" / "index.html"
    page.parent.mkdir(parents=True)
    page.touch()
    return page


@pytest.fixture
def opened(monkeypatch):
    """Addresses that a browser was asked for; set `opened.works` to False for no browser."""

    class Addresses(list):
        works = True

    addresses = Addresses()

    def note(address):
        addresses.append(address)
        return addresses.works

    monkeypatch.setattr("webbrowser.open", note)
    return addresses


def test_the_site_is_opened(site, opened, capsys):
    assert main(["docs"]) == 0
    assert opened == [site.as_uri()]
    assert str(site) in capsys.readouterr().err


def test_the_path_is_printed_for_programs(site, opened, capsys):
    assert main(["docs", "--path"]) == 0
    assert capsys.readouterr().out == f"{site}\n"
    assert opened == []


def test_where_no_browser_is_the_path_is_told(site, opened, capsys):
    opened.works = False
    assert main(["docs"]) == 0
    assert f"No browser was found. Open this file in one: {site}" in capsys.readouterr().err


def test_a_checkout_takes_what_was_built_in_it(site, opened, tmp_path, capsys):
    site.unlink()
    page = tmp_path / "docs" / "_build" / "html" / "index.html"
    page.parent.mkdir(parents=True)
    page.touch()
    assert main(["docs", "--path"]) == 0
    assert capsys.readouterr().out == f"{page}\n"


def test_a_checkout_without_a_site_tells_how_to_build_it(site, tmp_path, capsys):
    site.unlink()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "conf.py").touch()
    assert main(["docs"]) == 1
    told = capsys.readouterr().err
    assert f"The documentation in {tmp_path / 'docs'} is not built yet" in told
    assert "python -m sphinx -b html docs docs/_build/html" in told


def test_an_installation_without_a_site_tells_where_the_sources_are(site, capsys):
    site.unlink()
    assert main(["docs"]) == 1
    told = capsys.readouterr().err
    assert "Its sources are the folder 'docs' of the source distribution" in told
    assert "python -m sphinx" in told
