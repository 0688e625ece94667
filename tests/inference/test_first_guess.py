"""First guesses in products."""

import numpy as np
import pytest
from inference.first_guess_samples import NAME, WINDOW, field_around, guided_model, guided_network
from model_samples import sample_model
from station_samples import random_station_data

from aqnet_pyg.ensembles import KrigingPredictor
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference import NetworkPredictor, TrainedModel, reanalyze
from aqnet_pyg.readers.fields import sample, with_first_guess
from aqnet_pyg.windows import Window

GRID = Grid(np.linspace(115.2, 117.8, 5), np.linspace(38.2, 41.0, 4))


@pytest.mark.parametrize("kind", ["network", "kriging", "krigings", "ensemble"])
def test_products_hold_first_guess_and_increment(kind):
    data = random_station_data(hours=48)
    field, hidden = field_around(data), list(data.station.values[:2])
    stations, grid = reanalyze(guided_model(kind, data), data, hidden=hidden, grid=GRID, first_guess=field)
    cells = np.meshgrid(GRID.longitude, GRID.latitude)
    at_cells = sample(field, cells[0].ravel(), cells[1].ravel(), data.time.values)
    np.testing.assert_array_equal(grid[NAME].values.reshape(at_cells.shape), at_cells)
    at_stations = with_first_guess(data, field).sortby("station")[NAME].transpose("time", "station")
    np.testing.assert_array_equal(stations[NAME], at_stations)
    for product in (stations, grid):
        assert product[NAME].dims == product.pm25_increment.dims == product.pm25.dims
        np.testing.assert_allclose(product.pm25_increment, product.pm25 - product[NAME])
        assert product.pm25_increment.attrs["units"] == "ug m-3"


@pytest.mark.parametrize("kind", ["kriging", "krigings"])
def test_hidden_stations_are_kriged_with_the_first_guess(kind):
    data = random_station_data(hours=30)
    field, hidden = field_around(data), list(data.station.values[:2])
    with_field = with_first_guess(data, field).sortby("station")
    model = guided_model(kind)
    stations, _ = reanalyze(model, with_field, hidden=hidden)
    assert np.isfinite(stations.pm25.sel(station=hidden)).all()
    other = with_field.copy(deep=True)
    other["pm25"].loc[{"station": hidden}] = 900.0
    again, _ = reanalyze(model, other, hidden=hidden)
    np.testing.assert_array_equal(stations.pm25, again.pm25)
    if kind == "kriging":
        shown = with_field.drop_sel(station=hidden)
        values, fields = (shown[name].transpose("time", "station").values for name in ("pm25", NAME))
        kriging = model.krigings[0].fit((shown.longitude.values, shown.latitude.values), values, fields[..., None])
        places = with_field.sel(station=hidden)
        expected = kriging.predict(
            (places.longitude.values, places.latitude.values),
            values,
            fields[..., None],
            places[NAME].transpose("time", "station").values[..., None],
        )
        np.testing.assert_allclose(stations.pm25.sel(station=hidden), np.maximum(expected, 0), rtol=1e-5)


def test_forecasts_hold_the_first_guess_of_their_valid_times():
    data = random_station_data(hours=60)
    field, window = field_around(data), Window(24, horizon=12)
    model = guided_network(data, window)
    stations, grid = reanalyze(model, data, grid=GRID, first_guess=field)
    at_stations = with_first_guess(data, field).sortby("station")[NAME].transpose("time", "station")
    assert stations[NAME].dims == stations.pm25.dims
    for issue in range(stations.sizes["forecast_reference_time"]):
        one = stations.isel(forecast_reference_time=issue)
        np.testing.assert_array_equal(one[NAME], at_stations.sel(time=one.time.values))
    assert grid[NAME].notnull().all()
    # The field of the predicted hours matters, at stations and cells.
    changed = field.where(field.time < data.time.values[-20], 2 * field)
    other = reanalyze(model, data, grid=GRID, first_guess=changed)
    for one, two in zip((stations, grid), other, strict=True):
        assert float(np.abs(two.pm25 - one.pm25).isel(forecast_reference_time=-1).max()) > 1


@pytest.mark.parametrize("kind", ["krigings", "ensemble"])
def test_a_visible_station_is_kriged_from_the_others(kind):
    data = random_station_data(hours=30)
    with_field = with_first_guess(data, field_around(data))
    code = with_field.station.values[3]
    model = guided_model(kind, data)
    every, _ = reanalyze(model, with_field)
    without, _ = reanalyze(model, with_field, hidden=[code])
    np.testing.assert_allclose(every.pm25.sel(station=code), without.pm25.sel(station=code), rtol=1e-3)


def test_lazy_results_are_the_same(monkeypatch):
    pytest.importorskip("dask")
    from aqnet_pyg.inference import reanalysis

    data = random_station_data(hours=72)
    field, model = field_around(data), guided_model("krigings")
    expected = reanalyze(model, data, grid=GRID, first_guess=field)
    monkeypatch.setattr(reanalysis, "BLOCK_VALUES", 1000)
    lazy = reanalyze(model, data.chunk(time=24), grid=GRID, first_guess=field.chunk(time=10))
    for one, other in zip(lazy, expected, strict=True):
        assert one.chunks["time"] == (24, 24, 24)
        for name in ("pm25", NAME, "pm25_increment"):
            assert one[name].chunks or name == NAME
            np.testing.assert_allclose(one[name], other[name], rtol=1e-5)


def test_first_guesses_that_do_not_fit_are_refused():
    data = random_station_data(hours=30)
    field = field_around(data)
    with pytest.raises(InputError, match="first_guess: the model was fitted with pm25_first_guess; give the field"):
        reanalyze(guided_model("kriging"), data)
    with pytest.raises(InputError, match="which the cells of the grid need"):
        reanalyze(guided_model("kriging"), with_first_guess(data, field), grid=GRID)
    with pytest.raises(InputError, match="2 fields were given, but the model was fitted with 1"):
        reanalyze(guided_model("kriging"), data, first_guess=[field, field])
    with pytest.raises(InputError, match="1 field was given, but the model was fitted with none"):
        reanalyze(sample_model("kriging", data, WINDOW), data, first_guess=field)


def test_a_network_with_a_first_guess_is_restored_from_its_state():
    data = with_first_guess(random_station_data(hours=30), field_around(random_station_data(hours=30)))
    model = guided_network(data, WINDOW)
    again = NetworkPredictor.from_state(model.state())
    assert again.first_guess == (NAME,)
    assert again.known == ()
    np.testing.assert_array_equal(reanalyze(model, data)[0].pm25, reanalyze(again, data)[0].pm25)


def test_a_model_with_a_first_guess_is_restored_from_its_state():
    data = with_first_guess(random_station_data(hours=30), field_around(random_station_data(hours=30)))
    model = guided_model("krigings")
    again = KrigingPredictor.from_state(model.state())
    assert TrainedModel(again).fingerprint() == TrainedModel(model).fingerprint()
    np.testing.assert_array_equal(reanalyze(model, data)[0].pm25, reanalyze(again, data)[0].pm25)
