"""The site loads nothing from other sites."""

import importlib.util
from pathlib import Path

import pytest

pytest.importorskip("sphinx")

CONF = Path(__file__).parent.parent / "docs" / "conf.py"
PAGE = """<link rel="canonical" href="https://example.org/page.html">
<script src="_static/page.js"></script> <a href="https://example.org">a link</a> <img src="picture.png">
"""


@pytest.fixture(scope="module")
def conf():
    spec = importlib.util.spec_from_file_location("site_conf", CONF)
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
