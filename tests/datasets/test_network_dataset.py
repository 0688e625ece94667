"""What the named data sets share, on a small one that is made up in memory."""

import numpy as np
import pytest
import torch
import xarray as xr
from hypothesis import example, given, settings
from hypothesis import strategies as st
from station_samples import random_station_data
from torch_geometric.loader import DataLoader

from aqnet_pyg.datasets import NetworkDataset
from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import ConnectNeighbors
from aqnet_pyg.readers import ReadReport, read_netcdf
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.splits import write_hidden
from aqnet_pyg.windows import Window

HOURS = 200
CODES = [f"S{number:03d}" for number in range(12)]


class MadeUp(NetworkDataset):
    """Twelve made-up stations; the raw file holds the seed."""

    network = "north_china"
    calls: list = []  # noqa: RUF012

    @property
    def raw_file_names(self):
        return ["seed.txt"]

    def download(self):
        self.calls.append("download")
        with open(self.raw_paths[0], "w") as file:
            file.write("5")

    def read(self):
        self.calls.append("read")
        with open(self.raw_paths[0]) as file:
            return random_station_data(hours=HOURS, seed=int(file.read())), ReadReport("made up", files_read=1)


@pytest.fixture(autouse=True)
def calls():
    MadeUp.calls.clear()
    return MadeUp.calls


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    path = tmp_path_factory.mktemp("network")
    MadeUp(path)
    return path


def test_made_once(tmp_path, calls):
    first = MadeUp(tmp_path)
    assert calls == ["download", "read"]
    again = MadeUp(tmp_path)
    assert calls == ["download", "read"]
    assert torch.equal(first.values, again.values) or torch.equal(first.values.isnan(), again.values.isnan())
    assert sorted(path.name for path in (tmp_path / "processed").glob("*.[nj]*")) == ["report.json", "stations.nc"]


def test_force_reload_makes_it_anew_from_the_raw_files_there_are(tmp_path, calls):
    before = MadeUp(tmp_path).values
    (tmp_path / "raw" / "seed.txt").write_text("6")
    after = MadeUp(tmp_path, force_reload=True).values
    assert calls == ["download", "read", "read"]
    assert not torch.equal(before.nan_to_num(), after.nan_to_num())


def test_raw_files_are_not_needed_once_processed(tmp_path, calls):
    MadeUp(tmp_path)
    (tmp_path / "raw" / "seed.txt").unlink()
    MadeUp(tmp_path)
    assert calls == ["download", "read"]
    MadeUp(tmp_path, force_reload=True)
    assert calls == ["download", "read", "download", "read"]


def test_interruption_leaves_nothing_that_counts_as_processed(tmp_path, monkeypatch, calls):
    MadeUp(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(MadeUp, "read", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            MadeUp(tmp_path, force_reload=True)
    MadeUp(tmp_path)
    assert calls == ["download", "read", "read"]


def test_stored_file_is_station_data(root):
    expected = random_station_data(hours=HOURS, seed=5).sortby("station")
    stored, _ = read_netcdf(root / "processed" / "stations.nc")
    xr.testing.assert_equal(stored, expected)
    with MadeUp(root).station_data as lazy:
        assert not lazy.pm25.variable._in_memory
        xr.testing.assert_equal(lazy.transpose(*expected.dims), expected)


def test_report(root):
    assert MadeUp(root).report == {"arguments": {}, **ReadReport("made up", files_read=1).to_dict()}


def test_whole(root):
    dataset = MadeUp(root, hide=["S003"], stride=3)
    assert dataset.codes == CODES
    assert len(dataset.time) == HOURS
    expected = random_station_data(hours=HOURS, seed=5).sortby("station")
    for column, name in enumerate(("pm25", "pm10", "o3")):
        np.testing.assert_array_equal(dataset.values[:, :, column], expected[name].values)


SPLITS = {"train": (0, 140), "validation": (140, 160), "test": (160, 200)}


@settings(max_examples=10)
@example(history=5, horizon=3, stride=1, hide={"S003"})
@given(
    history=st.integers(1, 12),
    horizon=st.integers(0, 8),
    stride=st.integers(1, 7),
    hide=st.sets(st.sampled_from(CODES), max_size=6),
)
def test_splits_share_no_hour_and_no_hidden_station(root, history, horizon, stride, hide):
    window = Window(history, horizon)
    hours = {}
    for split, (start, end) in SPLITS.items():
        dataset = MadeUp(root, split, window=window, stride=stride, hide=hide)
        items = list(dataset)
        hours[split] = set(torch.cat([item.time.flatten() for item in items]).tolist())
        first = random_station_data(hours=HOURS).time.values.astype("datetime64[h]").astype(int)[0]
        assert min(hours[split]) == first + start
        assert max(hours[split]) < first + end
        if split == "test":
            hidden = torch.tensor([code in hide for code in CODES])
            assert dataset.codes == CODES
            for item in items:
                assert not item.visible[hidden].any()
                assert not item.x[hidden].any()
                assert not item.x_mask[hidden].any()
        else:
            assert set(dataset.codes) == set(CODES) - hide
            assert not dataset.hidden.any()
    assert not hours["train"] & hours["validation"]
    assert not hours["validation"] & hours["test"]
    assert not hours["train"] & hours["test"]


def scrambled(codes):
    """Changes what the hidden stations measured, and everything after the training hours."""

    def scramble(data):
        data = data.copy(deep=True)
        for name in ("pm25", "pm10", "o3"):
            data[name][140:] = 7 * data[name][140:] + 50
            data[name][:, data.station.isin(codes)] = 1000
        return data

    return scramble


def test_scaler_sees_visible_stations_and_training_hours_only(root, tmp_path):
    hide = ["S003", "S007"]
    expected = MadeUp(root, "train", hide=hide).scaler
    visible = random_station_data(hours=HOURS, seed=5).sortby("station").isel(time=slice(140)).drop_sel(station=hide)
    np.testing.assert_allclose(expected.mean, Scaler.fit(visible, ["pm25", "pm10", "o3"]).mean, rtol=1e-12)
    MadeUp(tmp_path, pre_transform=scrambled(hide))
    for split in (None, *SPLITS):
        assert MadeUp(root, split, hide=hide, window=Window(12)).scaler == expected
        with pytest.warns(UserWarning, match="pre_transform"):
            assert MadeUp(tmp_path, split, hide=hide, window=Window(12)).scaler == expected
    assert MadeUp(root).scaler != expected


def test_transforms(root):
    dataset = MadeUp(root, "test", hide=["S003"], window=Window(12), transform=ConnectNeighbors(4))
    batch = next(iter(DataLoader(dataset, batch_size=5, shuffle=True)))
    assert batch.num_graphs == 5
    assert batch.x.shape == (60, 12, 3)
    source, target = batch.edge_index
    assert batch.visible[source].all()
    assert torch.equal(batch.batch[source], batch.batch[target])
    assert torch.equal(torch.bincount(target), torch.full((60,), 4))


def halved(data):
    return data.assign(pm25=(data.pm25 / 2).assign_attrs(data.pm25.attrs))


def southern(station):
    return float(station.latitude) < 37


def test_pre_filter_and_pre_transform_are_applied_once(root, tmp_path):
    plain = MadeUp(root)
    dataset = MadeUp(tmp_path, pre_filter=southern, pre_transform=halved)
    south = plain.pos[:, 1] < 37
    assert 0 < south.sum() < 12
    assert dataset.codes == [code for code, kept in zip(CODES, south, strict=True) if kept]
    expected = plain.values[:, south, 0] / 2
    assert torch.equal(dataset.values[:, :, 0].nan_to_num(), expected.nan_to_num())
    assert dataset.report["notes"] == [f"pre_filter removed {int((~south).sum())} of 12 stations."]
    again = MadeUp(tmp_path, pre_filter=southern, pre_transform=halved)
    assert torch.equal(again.values[:, :, 0].nan_to_num(), expected.nan_to_num())


def test_other_pre_transform_is_warned_of(tmp_path):
    MadeUp(tmp_path, pre_transform=halved)
    with pytest.warns(UserWarning, match=r"pre_transform.*force_reload=True"):
        MadeUp(tmp_path)


def test_pre_filter_that_keeps_nothing(tmp_path):
    with pytest.raises(InputError, match="pre_filter: it keeps none of 12 stations"):
        MadeUp(tmp_path, pre_filter=lambda station: False)


def test_pre_transform_must_give_station_data(tmp_path):
    with pytest.raises(InputError, match="dimension 'station' is missing"):
        MadeUp(tmp_path, pre_transform=lambda data: data.isel(station=0))


def test_hidden_stations_from_a_list(root, tmp_path):
    write_hidden(tmp_path / "mine.txt", ["S004", "S009"], "for a test")
    dataset = MadeUp(root, "test", hide=tmp_path / "mine.txt", window=Window(12))
    assert [code for code, hidden in zip(dataset.codes, dataset.hidden, strict=True) if hidden] == ["S004", "S009"]


def test_variables_and_scaler(root):
    dataset = MadeUp(root, variables=["o3", "pm25"], target="o3")
    assert dataset.scaler.variables == ("o3", "pm25")
    assert dataset[0].x.shape == (12, 24, 2)
    scaler = Scaler(("pm25",), (0.0,), (1.0,))
    assert MadeUp(root, scaler=scaler).scaler is scaler


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"split": "all"}, "split: 'all' was given; use one of train, validation, test"),
        ({"hide": "random"}, "hide: none of the 58 stations of the list 'random' is in the data"),
        ({"hide": "nowhere.txt"}, "nowhere.txt: the list of hidden stations cannot be read"),
        ({"hide": ["S003", "X1"]}, "hidden: 1 of 2 codes are not in the station data"),
        ({"hide": CODES}, "hidden: all 12 stations are hidden"),
        ({"split": "train", "hide": CODES}, "hidden: all 12 stations are hidden"),
        ({"split": "validation", "window": Window(24)}, "history: a window has 24 hours .* have 20"),
        ({"variables": ["pm25", "no2"]}, "variables: 'no2' is not in the station data"),
        ({"target": "no2"}, "target: 'no2' is not among"),
        ({"stride": 0}, "stride: 0 was given"),
    ],
)
def test_bad_arguments(root, arguments, message):
    with pytest.raises(InputError, match=message):
        MadeUp(root, **arguments)


def test_root_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"root: .*file.* cannot be written to"):
        MadeUp(tmp_path / "file")


def test_repr(root):
    dataset = MadeUp(root, "test", hide=["S003"])
    window = "window=Window(history=24, horizon=0, margin=6)"
    assert repr(dataset) == f"MadeUp(17, split='test', stations=12, hidden=1, {window})"
    assert repr(MadeUp(root, hide=["S003"])) == f"MadeUp(177, split=None, stations=12, hidden=1, {window})"
