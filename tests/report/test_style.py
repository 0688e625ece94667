"""Style of figures, and writing them to files."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from report.report_data import synthetic_grid, synthetic_result

from aqnet_pyg import report
from aqnet_pyg.errors import InputError
from aqnet_pyg.report import save_figure, style


def plain_figure():
    figure = style.new_figure(2, 1)
    figure.add_subplot().plot([1, 3, 2])
    return figure


def test_names_and_units():
    assert [style.pollutant_name(name) for name in ("pm25", "o3", "wind")] == ["PM$_{2.5}$", "O$_{3}$", "wind"]
    assert style.unit_text("ug m-3") == "µg m$^{-3}$"


def tick_texts(first, last, **options):
    figure = style.new_figure(9.0, 3.6)
    ax = figure.add_subplot()
    days = pd.date_range(first, last, freq="h")
    ax.plot(days, np.arange(len(days)))
    style.date_axis(ax, days, "local time (UTC)", **options)
    figure.draw_without_rendering()
    assert ax.xaxis.get_offset_text().get_text() == ""
    return [label.get_text() for label in ax.get_xticklabels()], ax.get_xlabel()


def test_ticks_of_dates_name_their_own_month():
    ticks, label = tick_texts("2016-11-24T01", "2016-12-06")
    assert ticks == ["25 Nov", "27 Nov", "29 Nov", "01 Dec", "03 Dec", "05 Dec"]
    assert label == "local time (UTC), 2016"
    assert tick_texts("2016-11-29T15", "2016-12-01T03")[0][:3] == ["18:00", "30 Nov", "06:00"]
    ticks, label = tick_texts("2016-12-28", "2017-01-04")
    assert ticks[3:6] == ["31 Dec", "01 Jan", "02 Jan"]
    assert label == "local time (UTC), 2016–2017"
    assert tick_texts("2016-01-01", "2016-12-31T23")[0][1:4] == ["Mar 2016", "May 2016", "Jul 2016"]


@pytest.mark.parametrize("source", ["simulated by aqnet_pyg: 3 days", "Kriging of simulated by aqnet_pyg", "CNEMC"])
def test_simulated_data_are_marked(source):
    figure = plain_figure()
    style.mark_simulated(figure.axes[0], xr.Dataset(), xr.Dataset(attrs={"source": source}))
    assert [text.get_text() for text in figure.axes[0].texts] == ["simulated data"] * (source != "CNEMC")


def test_periods_are_in_local_time():
    hours = np.array(["2025-01-01T20", "2025-01-02T20"], "datetime64[ns]")
    assert style.period(hours[0], "Asia/Shanghai") == "2025-01-02 04:00 (Asia/Shanghai)"
    assert style.period(hours[0], "Etc/GMT-8") == "2025-01-02 04:00 (UTC+8)"
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


FIGURES = {
    "map_field": lambda result: report.map_field(synthetic_grid(result), result),
    "map_stations": report.map_stations,
    "map_errors": report.map_errors,
    "plot_series": lambda result: report.plot_series(result, "S0001"),
    "plot_slots": lambda result: report.plot_slots(result, "S0001"),
    "plot_error_by_distance": report.plot_error_by_distance,
    "plot_coverage": report.plot_coverage,
    "plot_gaps": lambda result: report.plot_gaps(filled(result)),
    "plot_filled": lambda result: report.plot_filled(filled(result), "S0001"),
}


def filled(result):
    parts = {"pm25": result.pm25_measured, "pm25_lower": result.pm25_lower, "pm25_upper": result.pm25_upper}
    status = xr.zeros_like(result.pm25_measured, np.int8)
    return xr.Dataset(parts | {"pm25_status": status}, attrs=result.attrs)


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("source", ["Ordinary kriging of simulated by aqnet_pyg: 2 days", "a network"])
def test_figures_of_simulated_data_are_marked(figure, source):
    result = synthetic_result().assign_attrs(source=source)
    drawn = FIGURES[figure](result)
    marks = [text for ax in drawn.axes for text in ax.texts if text.get_text() == "simulated data"]
    assert len(marks) == ("simulated" in source)
