"""Animations: one frame an hour, with constant colors, extent and axes."""

import numpy as np
import pytest
from matplotlib.animation import FFMpegWriter
from PIL import Image
from report.report_data import synthetic_grid, synthetic_result, synthetic_stations

from aqnet_pyg.errors import InputError
from aqnet_pyg.report import animate_field, animation


@pytest.fixture
def coarse(monkeypatch):
    monkeypatch.setattr(animation, "DPI", 30)


@pytest.fixture
def drawn(monkeypatch):
    """Arguments of map_field, frame by frame."""
    calls = []

    def keep(*arguments, **options):
        calls.append(options)
        figure = original(*arguments, **options)
        ax = figure.axes[0]
        calls[-1] |= {"title drawn": ax.get_title(), "place": ax.get_position().bounds}
        calls[-1]["marked"] = "simulated data" in [text.get_text() for text in ax.texts]
        return figure

    original = animation.map_field
    monkeypatch.setattr(animation, "map_field", keep)
    return calls


def frames(path):
    with Image.open(path) as picture:
        for number in range(picture.n_frames):
            picture.seek(number)
            yield np.asarray(picture.convert("RGB")), picture.info["duration"]


def test_one_frame_an_hour(tmp_path, drawn):
    stations = synthetic_stations(20, hours=10)
    stations["pm25"][4] = np.nan
    stations["pm25"][6, :15] = np.nan
    path = tmp_path / "field.gif"
    animate_field(path, synthetic_grid(stations), stations, ["S0001"], time=slice(None, stations.time[8]), every=2)
    pictures = list(frames(path))
    assert len(pictures) == 4, "hours 0, 2, 6 and 8: nothing was measured at 4"
    assert {picture.shape for picture, _ in pictures} == {pictures[0][0].shape}
    assert {duration for _, duration in pictures} == {160}  # GIF counts hundredths of a second
    whole, *hours = drawn
    assert [one["title drawn"][12:28] for one in hours] == [f"2025-01-01 {hour:02d}:00" for hour in (8, 10, 14, 16)]
    assert len({(one["limits"], one["bounds"]) for one in hours}) == 1
    assert len({one["place"] for one in hours}) == 1
    known = stations.pm25.values[:9]
    np.testing.assert_allclose(whole["limits"], np.nanquantile(known, [0.01, 0.99]))
    # Axis labels are on the same pixels in all frames, apart from the quantization of each frame to 256 colors.
    left = [picture[:-80, :40].mean(axis=2) < 128 for picture, _ in pictures]
    assert left[0].sum() > 50
    assert all((left[0] != other).sum() < 10 for other in left[1:])


@pytest.mark.usefixtures("coarse")
def test_options_of_the_map(tmp_path, drawn):
    result = synthetic_result(9, hours=3, city="")
    animate_field(tmp_path / "a.gif", synthetic_grid(result), result, max_width=5, limits=(0, 100), colors="cividis")
    assert all(one["max_width"] == 5 and one["limits"] == (0, 100) and one["colors"] == "cividis" for one in drawn)
    assert len(drawn) == 1 + 3


@pytest.mark.usefixtures("coarse")
def test_every_frame_of_simulated_data_is_marked(tmp_path, drawn):
    for source, marked in (("simulated by aqnet_pyg", True), ("CNEMC", False)):
        drawn.clear()
        stations = synthetic_stations(4, hours=3).assign_attrs(source=source)
        animate_field(tmp_path / "a.gif", None, stations)
        assert [one["marked"] for one in drawn] == [marked] * 4


@pytest.mark.usefixtures("coarse")
def test_forecasts_with_and_without_a_field(tmp_path):
    result = synthetic_result(1, hours=12, lead=3, city="")
    animate_field(tmp_path / "a.gif", synthetic_grid(result), result)
    animate_field(tmp_path / "b.gif", None, result)
    assert [len(list(frames(tmp_path / name))) for name in ("a.gif", "b.gif")] == [3, 3]


@pytest.mark.usefixtures("coarse")
def test_many_stations(tmp_path):
    stations = synthetic_stations(1000, hours=2)
    animate_field(tmp_path / "many.gif", None, stations)
    assert len(list(frames(tmp_path / "many.gif"))) == 2


@pytest.mark.skipif(not FFMpegWriter.isAvailable(), reason="ffmpeg is not installed")
def test_video(tmp_path):
    animate_field(tmp_path / "field.mp4", None, synthetic_stations(5, hours=3))
    assert b"ftyp" in (tmp_path / "field.mp4").read_bytes()[:16]


def test_invalid_input(tmp_path, monkeypatch):
    stations = synthetic_stations(3, hours=4)
    monkeypatch.setattr(FFMpegWriter, "isAvailable", classmethod(lambda cls: False))
    for path, options, message in (
        ("a.mp4", {}, r"a\.mp4: writing \.mp4 needs ffmpeg"),
        ("a.avi", {}, r"a\.avi: \.avi is not an animation format"),
        ("a.gif", {"every": 0}, "every: 0"),
        ("a.gif", {"time": stations.time.values[0]}, "is a single hour"),
        ("a.gif", {"pollutant": "no2"}, "'no2' is not in the station data"),
        ("nowhere/a.gif", {}, "cannot be written"),
    ):
        with pytest.raises(InputError, match=message):
            animate_field(tmp_path / path, None, stations, **options)
    with pytest.raises(InputError, match="no measurements of pm25"):
        animate_field(tmp_path / "a.gif", None, stations.where(stations.pm25 < 0))
    assert list(tmp_path.iterdir()) == []
