"""Temporal encoder of the history of a station, and readouts of its tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aqnet_pyg.errors import InputError
from aqnet_pyg.nn.attention import AttentionBlock, MultiheadAttention
from aqnet_pyg.windows import Window


class TemporalEncoder(nn.Module):
    r"""Encode the history of each station independently: patches of hours → LSTM → multi-head attention.

    After AQ-Net `(Kheder et al., SCIA 2025) <https://arxiv.org/abs/2502.11941>`_. Attention has a learned bias against
    distance in time, :math:`-\lambda_h |t_q - t_k|` for head :math:`h`, so that it favors nearby hours.

    Args:
        in_channels: Number of features of an hour.
        channels: Size of the tokens.
        patch: Hours per token. The paper uses one; four is an order of magnitude faster with little loss of accuracy.
        layers: Number of LSTM layers.
        heads: Number of attention heads.

    **Shapes:** ``(N, history, in_channels)`` → ``(N, ceil(history / patch), channels)``.
    """

    def __init__(self, in_channels: int, channels: int = 64, patch: int = 4, layers: int = 1, heads: int = 4) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.channels = channels
        self.patch = patch
        self.embed = nn.Linear(in_channels * patch, channels)
        self.lstm = nn.LSTM(channels, channels, layers, batch_first=True)
        self.block = AttentionBlock(channels, heads)
        self.decay = nn.Parameter(torch.empty(heads))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Reset all learnable parameters."""
        self.embed.reset_parameters()
        self.lstm.reset_parameters()
        self.block.reset_parameters()
        nn.init.constant_(self.decay, -3.0)

    def forward(self, x: Tensor, return_weights: bool = False) -> Tensor | tuple[Tensor, Tensor]:
        """Encode; with ``return_weights`` also return the attention weights, shape ``(N, heads, tokens, tokens)``."""
        # x: [N, history, in_channels]; padding goes before the oldest hour, so that the newest patch is whole.
        x = F.pad(x, (0, 0, -x.size(1) % self.patch, 0))
        tokens = F.gelu(self.embed(x.unflatten(1, (-1, self.patch)).flatten(2)))  # [N, L, C]
        tokens = tokens + self.lstm(tokens)[0]
        step = torch.arange(tokens.size(1), device=x.device)
        hours_apart = (step[:, None] - step).abs() * self.patch
        bias = -F.softplus(self.decay)[:, None, None] * hours_apart  # [heads, L, L]
        return self.block(tokens, bias, return_weights)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.in_channels}, {self.channels}, patch={self.patch})"


class HourlyReadout(nn.Module):
    r"""Readout for reconstruction: one state per reconstructed hour of the window.

    Args:
        window: Hours read and predicted.
        channels: Size of tokens and states.
        patch: Hours per token.

    **Shapes:** tokens ``(N, ceil(history / patch), channels)`` → ``(N, steps, channels)``.

    Raises:
        InputError: If the window is a forecast.
    """

    def __init__(self, window: Window, channels: int, patch: int) -> None:
        super().__init__()
        if window.horizon:
            raise InputError(f"window: {window} is a forecast; use PooledReadout or MeanReadout.")
        self.window = window
        self.channels = channels
        self.patch = patch
        self.norm = nn.LayerNorm(channels)
        self.linear = nn.Linear(channels, patch * channels)

    def reset_parameters(self) -> None:
        """Reset all learnable parameters."""
        self.norm.reset_parameters()
        self.linear.reset_parameters()

    def forward(self, tokens: Tensor) -> Tensor:
        """Expand tokens into hours, and select the reconstructed ones."""
        hours = self.linear(self.norm(tokens)).unflatten(2, (-1, self.channels)).flatten(1, 2)  # [N, L * patch, C]
        hours = hours[:, hours.size(1) - self.window.history :]  # without the padding before the oldest hour
        return hours[:, self.window.margin : self.window.history - self.window.margin]

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.channels}, patch={self.patch})"


class PooledReadout(nn.Module):
    r"""Readout for forecasts: one state per group of hours ahead, by attention pooling over the history.

    Args:
        channels: Size of tokens and states.
        num_states: Number of states; one a day for a week of hours ahead.
        heads: Number of attention heads.

    **Shapes:** tokens ``(N, L, channels)`` → ``(N, num_states, channels)``.
    """

    def __init__(self, channels: int, num_states: int, heads: int = 4) -> None:
        super().__init__()
        if num_states < 1:
            raise InputError(f"num_states: {num_states} was given; use at least 1.")
        self.channels = channels
        self.num_states = num_states
        self.queries = nn.Parameter(torch.randn(num_states, channels) / channels**0.5)
        self.norm = nn.LayerNorm(channels)
        self.attention = MultiheadAttention(channels, heads)
        self.linear = nn.Linear(2 * channels, channels)

    def reset_parameters(self) -> None:
        """Reset all learnable parameters."""
        with torch.no_grad():
            self.queries.copy_(torch.randn(self.num_states, self.channels) / self.channels**0.5)
        self.norm.reset_parameters()
        self.attention.reset_parameters()
        self.linear.reset_parameters()

    def forward(self, tokens: Tensor, return_weights: bool = False) -> Tensor | tuple[Tensor, Tensor]:
        """Pool; with ``return_weights`` also return the attention weights, shape ``(N, heads, num_states, L)``."""
        tokens = self.norm(tokens)
        queries = self.queries.expand(len(tokens), -1, -1)  # [N, num_states, C]
        pooled, weights = self.attention(queries, tokens, None, return_weights), None
        if return_weights:
            pooled, weights = pooled
        newest = tokens[:, -1:].expand_as(pooled)
        state = self.linear(torch.cat([pooled, newest], dim=-1))
        return state if weights is None else (state, weights)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.channels}, num_states={self.num_states})"


class MeanReadout(nn.Module):
    r"""The mean of the tokens, as the same state for all groups of steps.

    Args:
        num_states: Number of states.

    **Shapes:** tokens ``(N, L, channels)`` → ``(N, num_states, channels)``.
    """

    def __init__(self, num_states: int = 1) -> None:
        super().__init__()
        self.num_states = num_states

    def reset_parameters(self) -> None:
        """Do nothing; there are no parameters."""

    def forward(self, tokens: Tensor) -> Tensor:
        """Average over the tokens."""
        return tokens.mean(dim=1, keepdim=True).expand(-1, self.num_states, -1)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(num_states={self.num_states})"
