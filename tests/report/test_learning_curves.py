"""Learning curves of a log file."""

import json

import numpy as np
import pytest
from report.report_data import texts

from aqnet_pyg.errors import InputError
from aqnet_pyg.report import plot_learning_curves


def write(path, losses, errors):
    """In the format of the CSV logger of Lightning: each line has one of the two."""
    lines = [f"0,{step},{loss}," for step, loss in losses] + [f"0,{step},,{error}" for step, error in errors]
    path.write_text("\n".join(["epoch,step,train_loss,val_mae", *lines]) + "\n")
    return path


def test_one_run(tmp_path):
    losses = [(step, 1 / (step + 1)) for step in range(60)]
    path = write(tmp_path / "metrics.csv", losses, [(19, 9.0), (39, 7.0), (59, 8.0)])
    figure = plot_learning_curves(path)
    left, right = figure.axes
    each, mean = left.lines
    np.testing.assert_allclose(each.get_xydata(), losses)
    np.testing.assert_allclose(mean.get_ydata()[30], np.mean([loss for _, loss in losses[18:43]]))
    np.testing.assert_allclose(right.lines[0].get_xydata(), [(19, 9), (39, 7), (59, 8)])
    np.testing.assert_allclose(right.lines[1].get_xydata(), [(39, 7)])
    assert right.get_ylabel() == "mean absolute error of PM$_{2.5}$ (µg m$^{-3}$)"
    np.testing.assert_allclose(right.get_ylim(), [0.9 * 7, 1.05 * 9], err_msg="all errors are within the axis")
    assert right.get_legend() is None


def test_the_start_and_kriging_at_the_same_stations(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_text(
        "epoch,step,train_loss,val_mae,val_mae_kriging,val_mae_untrained\n,0,,,8.5,9.5\n0,0,0.3,,,\n0,4,,7.0,,\n0,9,,8.0,,\n"
    )
    right = plot_learning_curves(path).axes[1]
    error, best, start, kriging = right.lines
    np.testing.assert_allclose(error.get_xydata(), [(4, 7), (9, 8)])
    np.testing.assert_allclose(best.get_xydata(), [(4, 7)])
    np.testing.assert_allclose(start.get_xydata(), [(0, 9.5)])
    assert list(kriging.get_ydata()) == [8.5, 8.5]
    assert texts(right.get_legend()) == ["untrained", "ordinary kriging"]


@pytest.mark.parametrize(
    ("source", "marked"), [("simulated by aqnet_pyg: 3 days", True), ("CNEMC", False), (None, False)]
)
def test_simulated_data_are_marked(tmp_path, source, marked):
    path = write(tmp_path / "metrics.csv", [(0, 1.0)], [(1, 5.0)])
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "begun.json").write_text("no JSON" if source is None else json.dumps({"data": source}))
    figure = plot_learning_curves(path)
    assert [text.get_text() for ax in figure.axes for text in ax.texts] == ["simulated data"] * marked


def test_several_runs_and_a_resumed_one(tmp_path):
    first = write(tmp_path / "a.csv", [(0, 1.0), (1, 0.9), (1, 0.8), (2, 0.7)], [(1, 5.0), (1, 4.0)])
    second = write(tmp_path / "b.csv", [(0, 2.0)], [])
    figure = plot_learning_curves({"first": first, "second": second}, pollutant="o3")
    left, right = figure.axes
    np.testing.assert_allclose(left.lines[0].get_xydata(), [(0, 1), (1, 0.8), (2, 0.7)])
    np.testing.assert_allclose(right.lines[0].get_xydata(), [(1, 4)])
    assert texts(right.get_legend()) == ["first", "second"]
    assert right.get_ylabel().startswith("mean absolute error of O$_{3}$")
    figure.draw_without_rendering()


def test_invalid_files(tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    for path in (other, empty, tmp_path / "none.csv"):
        with pytest.raises(InputError, match=rf"{path.name}: it has no learning curve"):
            plot_learning_curves(path)
    with pytest.raises(InputError, match="no file was given"):
        plot_learning_curves({})
