"""A data set of one's own: tables with tabs, kept as a PyG data set with splits and hidden stations."""

from aqnet_example.reader import read_tabs
from aqnet_pyg.datasets import NetworkDataset


class TabNetwork(NetworkDataset):
    """Contract: ``network``, a name, and ``read``, which gives station data and a report. What comes is stored once in the
    folder; splits, scaler, windows and hidden stations are the base class's. ``arguments`` are what the stored data depend on:
    a folder that was made with others is refused. With ``raw_file_names`` and ``download`` it could fetch its files itself.
    """

    network = "tabs"

    def __init__(self, root, split=None, *, archive, **options):
        self.archive = archive
        super().__init__(root, split, **options)

    def read(self):
        """Read the table."""
        return read_tabs(self.archive)
