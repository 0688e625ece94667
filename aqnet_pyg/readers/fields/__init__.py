"""Fields of atmospheric models as a first guess: read, brought to the hours and units of station data, and sampled at places."""

from __future__ import annotations

from aqnet_pyg.readers.fields.reading import read_field
from aqnet_pyg.readers.fields.sampling import sample, sample_lazily
from aqnet_pyg.readers.fields.station_fields import with_first_guess

__all__ = ["read_field", "sample", "sample_lazily", "with_first_guess"]
