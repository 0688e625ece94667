"""PatchTST as implemented by Hugging Face. Imports torch and transformers (the extra ``evaluation``)."""

from __future__ import annotations

from torch import Tensor, nn

from aqnet_pyg.baselines.deep import NetworkForecaster
from aqnet_pyg.errors import InputError, optional_imports

with optional_imports():
    from transformers import PatchTSTConfig, PatchTSTForPrediction


class PatchTSTForecaster(NetworkForecaster):
    """A transformer over patches of the history (Nie et al. 2023, arXiv 2211.14730), trained from random weights.

    Each history is standardized by its own measured values. For the other arguments see
    :class:`aqnet_pyg.baselines.NetworkForecaster`.

    Args:
        patch: Hours in a patch.
        stride: Hours between the starts of patches.
        channels: Size of the tokens; a feed-forward layer has twice as many.
        layers: Number of layers.
        heads: Attention heads in each layer.
        dropout: Dropout probability in attention, feed-forward layers and head.
    """

    def __init__(
        self,
        history: int = 336,
        horizon: int = 168,
        utc_offset: float = 8.0,
        windows: int = 40_000,
        epochs: int = 8,
        learning_rate: float = 5e-4,
        seed: int = 0,
        patch: int = 24,
        stride: int = 12,
        channels: int = 32,
        layers: int = 2,
        heads: int = 4,
        dropout: float = 0.2,
    ) -> None:
        super().__init__(history, horizon, utc_offset, windows, epochs, learning_rate, seed)
        self.patch = patch
        self.stride = stride
        self.channels = channels
        self.layers = layers
        self.heads = heads
        self.dropout = dropout

    def _network(self) -> nn.Module:
        if self.history <= self.patch:
            raise InputError(
                f"history: {self.history} hours were given, but PatchTST takes patches of {self.patch} hours; give more."
            )
        return _PatchTST(
            PatchTSTConfig(
                num_input_channels=1,
                context_length=self.history,
                prediction_length=self.horizon,
                patch_length=self.patch,
                patch_stride=self.stride,
                d_model=self.channels,
                ffn_dim=2 * self.channels,
                num_hidden_layers=self.layers,
                num_attention_heads=self.heads,
                attention_dropout=self.dropout,
                ff_dropout=self.dropout,
                head_dropout=self.dropout,
                scaling="std",
            )
        )


class _PatchTST(nn.Module):
    def __init__(self, config: PatchTSTConfig) -> None:
        super().__init__()
        self.model = PatchTSTForPrediction(config)

    def forward(self, history: Tensor, measured: Tensor, cycles: Tensor) -> Tensor:
        """Ignore the cycles: PatchTST takes values only, here departures from climatology, which account for the season."""
        return self.model(past_values=history[:, :, None], past_observed_mask=measured[:, :, None]).prediction_outputs[
            ..., 0
        ]
