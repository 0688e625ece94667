"""The site loads nothing from other sites; its pictures have their code, and its search finds guides first."""

import importlib.util
import re
from pathlib import Path

import pytest

pytest.importorskip("sphinx")

CONF = Path(__file__).parent.parent / "docs" / "conf.py"
PAGE = """<link rel="canonical" href="https://example.org/page.html">
<script src="_static/page.js"></script> <a href="https://example.org">a link</a> <img src="picture.png">
"""


@pytest.fixture(scope="module")
def conf():
    return module_at(CONF)


def module_at(path):
    spec = importlib.util.spec_from_file_location(f"site_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_links_and_files_of_the_site_are_allowed(conf, tmp_path):
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "style.css").write_text("a { background: url('data:image/svg+xml;utf8,<svg/>') }", encoding="utf-8")
    assert conf.loaded_elsewhere(tmp_path) == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("page.html", '<script async="async" src="https://example.org/tex.js"></script>'),
        ("page.html", '<link rel="stylesheet" href="//example.org/style.css">'),
        ("page.html", "<img alt='a map' src='http://example.org/map.png'>"),
        ("style.css", "@font-face { src: url(https://example.org/font.woff2) }"),
        ("style.css", '@import "https://example.org/style.css";'),
        ("page.html", '<style>@import url("https://example.org/style.css");</style>'),
    ],
)
def test_files_of_other_sites_are_found(conf, tmp_path, file, text):
    (tmp_path / file).write_text(text, encoding="utf-8")
    (found,) = conf.loaded_elsewhere(tmp_path)
    assert found.startswith(f"{file}: ")
    assert "example.org/" in found


def test_formulas_are_written_as_mathml(conf):
    from docutils import nodes

    class Translator:
        body: list = []  # noqa: RUF012

    for node in (nodes.math("", r"e^{-d / \rho}"), nodes.math_block("", r"c \, \hat z")):
        with pytest.raises(nodes.SkipNode):
            conf.formula(Translator(), node)
    assert all("<math" in text for text in Translator.body)
    assert 'display="block"' in Translator.body[1]


def test_every_picture_of_the_site_is_drawn_by_the_code_above_it():
    pictures = module_at(CONF.parent / "make_pictures.py")
    page = pictures.GALLERY.read_text(encoding="utf-8")
    assert pictures.command(page)[:2] == ["reanalyze", "simulated"]
    first, *others = pictures.blocks(page)
    assert not first[1]
    drawn = [path for code, path in others if "figure = " in code]
    assert sorted(drawn) == sorted(f"pictures/{path.name}" for path in (CONF.parent / "pictures").iterdir())
    assert len(drawn) == page.count("![")


def test_the_code_is_that_of_the_picture_below_it():
    blocks = module_at(CONF.parent / "make_pictures.py").blocks
    page = "```python\na = 1\n```\n\ntext ![no](b.png)\n\n```python\nfigure = a\n```\n\n![A map](pictures/a.png)\n"
    assert blocks(page) == [("a = 1\n", ""), ("figure = a\n", "pictures/a.png")]


def test_pages_of_internals_are_named_in_the_scores_of_the_search():
    text = (CONF.parent / "search_scorer.js").read_text(encoding="utf-8")
    folders, pages = re.search(r"\^\(([\w|]+)\)\\/\|\^\(([\w|]+)\)\$", text).groups()
    assert all((CONF.parent / folder).is_dir() for folder in folders.split("|"))
    assert all((CONF.parent / f"{page}.md").is_file() for page in pages.split("|"))
    developing = (CONF.parent / "index.md").read_text(encoding="utf-8").split(":caption: Developing it")[1]
    assert {page for page in re.findall(r"^(\w+)$", developing, re.M) if page != "maxdepth"} <= set(pages.split("|"))


@pytest.mark.slow
def test_the_gallery_is_drawn(tmp_path, monkeypatch):
    pictures = module_at(CONF.parent / "make_pictures.py")
    page = pictures.GALLERY.read_text(encoding="utf-8")
    monkeypatch.setattr(pictures, "GALLERY", tmp_path / "gallery.md")
    pictures.GALLERY.write_text(page, encoding="utf-8")
    (tmp_path / "pictures").mkdir()
    run = tmp_path / "run"
    assert pictures.aqnet([*pictures.command(page), "--steps", "2", "--out", str(run)]) == 0
    pictures.draw(run)
    assert len(list((tmp_path / "pictures").iterdir())) == page.count("![")
