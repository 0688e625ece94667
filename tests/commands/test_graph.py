"""``aqnet graph``: what it prints, what it writes, and what it refuses."""

import json

import networkx as nx
import numpy as np
import pytest
import shapely

from aqnet_pyg.commands.graph import run_graph
from aqnet_pyg.commands.main import main
from aqnet_pyg.commands.settings import GraphSettings
from aqnet_pyg.readers import read_netcdf, write_netcdf
from aqnet_pyg.simulation import simulate


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    data, _ = simulate(days=1, stations=30, truth=False)
    path = tmp_path_factory.mktemp("archive") / "archive.nc"
    write_netcdf(data, path)
    return path


def test_it_prints_and_writes_what_it_finds(archive, tmp_path, capsys):
    options = ["--k", "4", "--hidden", "0.2", "--out", str(tmp_path / "graph")]
    assert main(["graph", "netcdf", "--path", str(archive), *options]) == 0
    printed = capsys.readouterr().out
    assert "30, 24 of them visible" in printed
    assert "in-degree     lowest 4.0" in printed
    written = {path.name for path in (tmp_path / "graph").iterdir()}
    assert written == {"graph.graphml", "graph.geojson", "graph.png", "diagnostics.json"}
    graph = nx.read_graphml(tmp_path / "graph" / "graph.graphml")
    codes = sorted(read_netcdf(archive)[0].station.values)
    assert list(graph) == codes
    assert graph.number_of_edges() == 120
    hidden = [code for code, visible in graph.nodes(data="visible") if not visible]
    assert len(hidden) == 6
    assert all(graph.out_degree(code) == 0 for code in hidden)
    found = json.loads((tmp_path / "graph" / "diagnostics.json").read_text())
    assert found["edges"] == 120
    assert all(f"warning: {warning}" in printed for warning in found["warnings"])
    content = json.loads((tmp_path / "graph" / "graph.geojson").read_text())
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in content["features"]])
    assert np.bincount(shapely.get_type_id(shapes)).tolist() == [30, 120]


def test_nothing_is_written_without_an_output_folder(archive, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = run_graph(GraphSettings("netcdf", str(archive)))
    assert "30, 30 of them visible" in text
    assert not list(tmp_path.iterdir())


def test_a_radius_leaves_long_edges_out(archive, tmp_path):
    run_graph(GraphSettings("netcdf", str(archive), radius=150.0, out=str(tmp_path)))
    lengths = [km for *_, km in nx.read_graphml(tmp_path / "graph.graphml").edges(data="km")]
    assert 0 < max(lengths) <= 150
    found = json.loads((tmp_path / "diagnostics.json").read_text())
    assert found["isolated"]
    assert len(found["components"]) > 1


def test_a_list_of_hidden_stations(archive, tmp_path):
    code = str(read_netcdf(archive)[0].station.values[3])
    (tmp_path / "hidden.txt").write_text(f"# mine\n{code}\n")
    settings = GraphSettings("netcdf", str(archive), hidden=str(tmp_path / "hidden.txt"))
    assert "30, 29 of them visible" in run_graph(settings)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--k", "0"], "k: got 0"),
        (["--radius", "-1"], "radius: -1.0 km"),
        (["--hidden", "none.txt"], "none.txt"),
        (["--hidden", "1.5"], "fraction"),
        (["--out", "FILE"], "out:"),
        (["--borders", "none.geojson", "--out", "new"], "none.geojson: the borders cannot be read"),
        (["--path", "missing.nc"], "missing.nc"),
    ],
)
def test_bad_input_is_one_line(options, message, archive, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    options = ["file/out" if option == "FILE" else option for option in options]
    assert main(["graph", "netcdf", "--path", str(archive), *options]) == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.startswith("aqnet: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert not list(tmp_path.glob("new/*")), "nothing is left half done"
