"""The notebooks and examples run, what is stored with them is fit to be shown, and their own parts are in use."""

import base64
import importlib.util
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from nbclient import NotebookClient

from aqnet_pyg import simulate
from aqnet_pyg.simulation import write_table

TUTORIALS = Path(__file__).parent.parent / "tutorials"
NOTEBOOKS = sorted(TUTORIALS.glob("*.ipynb"))
LARGEST_NOTEBOOK, LARGEST_PICTURE = 400_000, 150_000  # bytes


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


@pytest.fixture(scope="module")
def kernel():
    """One kernel for all notebooks: to start it and to import what they share takes longer than most of their cells."""
    client = NotebookClient(nbformat.v4.new_notebook(), timeout=300)
    with client.setup_kernel():
        yield client


def execute(notebook, folder, kernel):
    """Run all cells in a folder, without the names of other notebooks; an error in a cell is raised."""
    # The reset removes __spec__ too, which new processes of multiprocessing need.
    start = f"%reset -f\n__spec__ = None\nimport os\nos.chdir({str(folder)!r})\ndel os"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(start))
    kernel.nb = notebook
    for number, cell in enumerate(notebook.cells):
        kernel.execute_cell(cell, number)


def shorten(notebook):
    """Let networks take a few steps of small batches, and let dask start one process."""
    for cell in notebook.cells:
        cell.source = re.sub(r'(\bsteps=|"steps": )\d+', r"\g<1>4", cell.source)
        cell.source = re.sub(r"(\bn_workers=)\d+", r"\g<1>1", cell.source)
    small = "import aqnet_pyg.training.data\n\naqnet_pyg.training.data.STATIONS_PER_BATCH = 60\ndel aqnet_pyg"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(small))


def test_there_are_eleven_notebooks():
    assert [path.name[:3] for path in NOTEBOOKS] == [f"{number:02d}_" for number in range(1, 12)]


def test_notebook_runs(notebook, tmp_path, kernel):
    shorten(notebook)
    execute(notebook, tmp_path, kernel)
    assert not list(tmp_path.iterdir()), "it leaves files in the folder that it is run in"


@pytest.mark.slow
def test_notebook_runs_on_files(notebook, tmp_path, kernel):
    """The switch at the top: the same cells, with their full trainings, on a table of one's own."""
    stations, _ = simulate(days=20, stations=90, seed=7, truth=False)
    write_table(stations, tmp_path / "mine.csv")
    switch = notebook.cells[1]
    switch.source, count = re.subn("^ARCHIVE = None", f"ARCHIVE = {str(tmp_path / 'mine.csv')!r}", switch.source)
    assert count == 1
    switch.source = re.sub("^COLUMNS = .*$", "COLUMNS = {}", switch.source, flags=re.MULTILINE)
    switch.source = re.sub("^ZONE = .*$", "ZONE = None", switch.source, flags=re.MULTILINE)
    execute(notebook, tmp_path, kernel)


def test_what_is_stored_is_fit_to_be_shown(notebook):
    """Run from the top, without an error or a warning, nothing of the machine it was run on, and not too large."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    pictures = [output.data.pop("image/png") for output in outputs if "image/png" in output.get("data", {})]
    assert all(len(base64.b64decode(picture)) <= LARGEST_PICTURE for picture in pictures)
    assert len(nbformat.writes(notebook)) + sum(map(len, pictures)) <= LARGEST_NOTEBOOK
    assert not re.search(r"(?<![\w.:/])/(tmp|home|root|usr|work|Users|var)/|site-packages|[A-Z]:\\\\", str(outputs))
    assert not [cell for cell in notebook.cells if "execution" in cell.metadata]


def test_notebook_describes_its_data(notebook):
    assert "simulated" in notebook.cells[0].source
    assert notebook.cells[1].source.startswith("ARCHIVE = None")


def test_links_of_notebooks_lead_somewhere(notebook):
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    missing = [link for link in links if "://" not in link and not (TUTORIALS / link).exists()]
    assert not missing


def load(name):
    spec = importlib.util.spec_from_file_location(name, TUTORIALS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["own_edge_builder", "own_edge_feature"])
def test_example_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert np.isfinite(load(name).main(steps=2))


def test_octants_give_the_nearest_of_each_direction():
    pos = torch.tensor([[0.0, 0.0], [0.0, 1.0], [0.0, 2.0], [1.0, 0.0], [-1.0, 0.0], [0.0, -1.0]], dtype=torch.float64)
    builder = load("own_edge_builder").Octants()
    edge_index, edge_attr = builder(pos, torch.ones(6, dtype=torch.bool))
    assert set(edge_index[0][edge_index[1] == 0].tolist()) == {1, 3, 4, 5}
    assert edge_attr.shape == (edge_index.size(1), 3)
