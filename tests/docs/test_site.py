"""The documentation builds without a warning, works from disk, and asks no other server.

Tutorials run during the build: an error in a cell ends it.
"""

import re
import zipfile

import pytest
from documentation_site import built_site

from workbench.util.chromium import browser_path

LARGEST = 5_000_000  # bytes of the site in a wheel
LOADED = re.compile(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=[\"'](?:https?:)?//[^>]*>")
LINKED = re.compile(r"<link\b[^>]*\bhref=[\"'](?:https?:)?//[^>]*>")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return built_site(tmp_path_factory.mktemp("site"), run_tutorials=True)


def test_every_page_is_reached_from_the_first(site):
    first = (site / "index.html").read_text("utf-8")
    apart = {"genindex.html", "search.html", "index.html"}
    pages = {page.relative_to(site).as_posix() for page in site.rglob("*.html")}
    pages = {page for page in pages if not page.startswith("_static/")} - apart
    assert "reference/settings.html" in pages
    assert {page for page in pages if f'href="{page}"' not in first} == set()


def test_tutorials_show_what_their_cells_return(site):
    text = (site / "tutorials" / "first_network.html").read_text("utf-8")
    assert "additions, 2,605,248 multiply-accumulates" in text
    assert "<th>undecided</th>" in text
    if not browser_path():
        pytest.skip("figures are drawn by Chromium, which is not installed")
    assert len(re.findall(r'<img[^>]+src="\.\./_images/', text)) == 3


def test_no_page_loads_anything_from_another_server(site):
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        assert not LOADED.search(text), page
        assert not LINKED.search(text), page
    for style in site.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import )[\"']?(?:https?:)?//", style.read_text("utf-8"))


def test_the_site_is_small_enough_for_the_wheel(site, tmp_path):
    with zipfile.ZipFile(tmp_path / "site.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in site.rglob("*"):
            archive.write(file, file.relative_to(site))
    assert (tmp_path / "site.zip").stat().st_size < LARGEST
