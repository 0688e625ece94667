"""Style of figures, and writing them to files."""

import numpy as np
import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.report import save_figure, style


def plain_figure():
    figure = style.new_figure(2, 1)
    figure.add_subplot().plot([1, 3, 2])
    return figure


def test_names_and_units():
    assert [style.pollutant_name(name) for name in ("pm25", "o3", "wind")] == ["PM$_{2.5}$", "O$_{3}$", "wind"]
    assert style.unit_text("ug m-3") == "µg m$^{-3}$"


def test_periods_are_in_local_time():
    hours = np.array(["2025-01-01T20", "2025-01-02T20"], "datetime64[ns]")
    assert style.period(hours[0], "Asia/Shanghai") == "2025-01-02 04:00 (Asia/Shanghai)"
    assert style.period(hours, "UTC") == "mean of 2025-01-01 20:00 to 2025-01-02 20:00 (UTC)"


def test_names_are_written_in_a_font_that_has_their_letters(monkeypatch):
    plain = {ord(letter) for letter in "Zürich"}
    letters = {"sans-serif": plain, "SimHei": {ord(letter) for letter in "北京A1"}, "Heiti SC": {ord("京")}}
    monkeypatch.setattr(style, "findfont", lambda properties, **_: properties.get_family()[0])
    monkeypatch.setattr(style, "_letters", lambda family: frozenset(letters.get(family, ())))
    assert style.fonts_for("Zürich") == ["sans-serif"]
    assert style.fonts_for("北京A1") == ["SimHei"]
    assert style.fonts_for("京") == ["SimHei"]
    assert style.fonts_for("上海") is None


def test_the_letters_of_a_font():
    assert style.fonts_for("Besançon, Łódź, Ñuñoa") == ["sans-serif"]
    assert style.fonts_for("\U0010ffff") is None


def test_saving_replaces_a_file_atomically(tmp_path):
    path = tmp_path / "map.png"
    figure = plain_figure()
    save_figure(figure, path)
    first = path.read_bytes()
    assert first.startswith(b"\x89PNG")
    save_figure(plain_figure(), path)
    assert path.read_bytes() == first, "the same figure gives the same file"
    with pytest.raises(InputError, match=r"map\.xyz: the figure cannot be written"):
        save_figure(figure, tmp_path / "map.xyz")
    with pytest.raises(InputError, match="cannot be written"):
        save_figure(figure, tmp_path / "nowhere" / "map.png")
    assert list(tmp_path.iterdir()) == [path]
