"""Tests of each component, inherited from aqnet_pyg: sufficient to begin with."""

from aqnet_example import (
    Convolutions,
    GaussianKNN,
    Lopsided,
    Median,
    NoHead,
    Quarters,
    TabNetwork,
    Yesterday,
    read_tabs,
)

from aqnet_pyg import Window, simulate
from aqnet_pyg.testing import (
    BaselineTests,
    DatasetTests,
    EncoderTests,
    ForecasterTests,
    GraphBuilderTests,
    HeadTests,
    InterpolatorTests,
    LossTests,
    ReaderTests,
)


def write_tabs(stations, path):
    """Write station data as a tab-separated table without the rows that have no value."""
    table = stations.pm25.to_dataframe().reset_index().dropna(subset="pm25")
    table[["station", "time", "longitude", "latitude", "pm25"]].to_csv(path, sep="\t", index=False)


class TestQuarters(GraphBuilderTests):
    rotates = False  # directions change when the sphere is rotated

    def make(self):
        return Quarters()


class TestConvolutions(EncoderTests):
    def make(self, in_channels, channels, patch):
        return Convolutions(in_channels, channels, patch)


class TestGaussianKNN(InterpolatorTests):
    def make(self, channels, edge_dim, k, steps_per_state):
        return GaussianKNN(k)


class TestNoHead(HeadTests):
    def make(self, channels, step_dim, forecast):
        return NoHead()


class TestLopsided(LossTests):
    def make(self):
        return Lopsided()


class TestReader(ReaderTests):
    name = "mine.tsv"

    def write(self, stations, path):
        write_tabs(stations, path)

    def read(self, path):
        return read_tabs(path)


class TestTabNetwork(DatasetTests):
    def make(self, root, split):
        archive = root / "mine.tsv"
        if not archive.exists():
            write_tabs(simulate(days=3, stations=20, truth=False)[0], archive)
        return TabNetwork(root, split, archive=archive, window=Window(6), hide=["S0003", "S0011"])


class TestMedian(BaselineTests):
    def make(self):
        return Median()


class TestYesterday(ForecasterTests):
    def make(self, history, horizon, utc_offset=8.0):
        return Yesterday(history, horizon, utc_offset)
