"""Integrations with xarray, Verde and GraphGym; each is imported only when used."""

from __future__ import annotations

from aqnet_pyg.resolver import lazy_names

_MODULES = {
    "AQNetAccessor": "xarray_accessor",
    "AQNetGridder": "aqnet_gridder",
    "AQSBackendEntrypoint": "xarray_backends",
    "AirKoreaBackendEntrypoint": "xarray_backends",
    "AirMonitorBackendEntrypoint": "xarray_backends",
    "AirNowBackendEntrypoint": "xarray_backends",
    "BJMEMCBackendEntrypoint": "xarray_backends",
    "CNEMCBackendEntrypoint": "xarray_backends",
    "CNEMCTextBackendEntrypoint": "xarray_backends",
    "CPCBBackendEntrypoint": "xarray_backends",
    "EEABackendEntrypoint": "xarray_backends",
    "KnowAirBackendEntrypoint": "xarray_backends",
    "NeuralKNNGridder": "neural_knn_gridder",
    "OpenAQBackendEntrypoint": "xarray_backends",
    "OpenairBackendEntrypoint": "xarray_backends",
    "PurpleAirBackendEntrypoint": "xarray_backends",
    "SINCABackendEntrypoint": "xarray_backends",
    "SensorCommunityBackendEntrypoint": "xarray_backends",
    "TaiwanEPABackendEntrypoint": "xarray_backends",
    "UCIBeijingBackendEntrypoint": "xarray_backends",
    "UKAirBackendEntrypoint": "xarray_backends",
    "run_graphgym": "graphgym",
}

__all__ = [
    "AQNetAccessor",
    "AQNetGridder",
    "AQSBackendEntrypoint",
    "AirKoreaBackendEntrypoint",
    "AirMonitorBackendEntrypoint",
    "AirNowBackendEntrypoint",
    "BJMEMCBackendEntrypoint",
    "CNEMCBackendEntrypoint",
    "CNEMCTextBackendEntrypoint",
    "CPCBBackendEntrypoint",
    "EEABackendEntrypoint",
    "KnowAirBackendEntrypoint",
    "NeuralKNNGridder",
    "OpenAQBackendEntrypoint",
    "OpenairBackendEntrypoint",
    "PurpleAirBackendEntrypoint",
    "SINCABackendEntrypoint",
    "SensorCommunityBackendEntrypoint",
    "TaiwanEPABackendEntrypoint",
    "UCIBeijingBackendEntrypoint",
    "UKAirBackendEntrypoint",
    "run_graphgym",
]

__getattr__ = lazy_names(__name__, _MODULES)
