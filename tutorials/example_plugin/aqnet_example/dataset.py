"""A user-defined data set: tab-separated tables as a PyG data set with splits and hidden stations."""

from aqnet_example.reader import read_tabs
from aqnet_pyg.datasets import NetworkDataset


class TabNetwork(NetworkDataset):
    """Windows of a tab-separated table.

    Interface: ``network``, a name, and ``read``, which returns station data and a read report. The data are stored once in the
    folder; the base class provides splits, scaler, windows and hidden stations. The stored data depend on ``arguments``:
    a folder created with other arguments raises an error. ``raw_file_names`` and ``download`` could add downloading.
    """

    network = "tabs"

    def __init__(self, root, split=None, *, archive, **options):
        self.archive = archive
        super().__init__(root, split, **options)

    def read(self):
        """Read the table."""
        return read_tabs(self.archive)
