"""The temporal encoder of one station, and the two ways to read it out."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aqnet_pyg.errors import InputError
from aqnet_pyg.nn.attention import AttentionBlock, MultiheadAttention

__all__ = ["HourlyReadout", "MeanReadout", "PooledReadout", "TemporalEncoder"]


class TemporalEncoder(nn.Module):
    r"""Reads the history of each station on its own: patches of hours → LSTM → multi-head attention.

    After AQ-Net `(Kheder et al., SCIA 2025) <https://arxiv.org/abs/2502.11941>`_. Attention carries a learned bias
    against distance in time, :math:`-\lambda_h |t_q - t_k|` for head :math:`h`, so that it favors what is near.

    Args:
        in_channels: Features of an hour.
        channels: Size of the tokens.
        patch: Hours to a token. One is the paper's; four is an order of magnitude faster and loses little.
        layers: Of the LSTM.
        heads: Of the attention.

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
        """Draw new parameters."""
        self.embed.reset_parameters()
        self.lstm.reset_parameters()
        self.block.reset_parameters()
        nn.init.constant_(self.decay, -3.0)

    def forward(self, x: Tensor, return_weights: bool = False) -> Tensor | tuple[Tensor, Tensor]:
        """Encode; with ``return_weights`` also the attention, shape ``(N, heads, tokens, tokens)``."""
        # x: [N, history, in_channels]; padding goes before the oldest hour, so that the newest patch is whole.
        x = F.pad(x, (0, 0, -x.size(1) % self.patch, 0))
        tokens = F.gelu(self.embed(x.unflatten(1, (-1, self.patch)).flatten(2)))  # [N, L, C]
        tokens = tokens + self.lstm(tokens)[0]
        step = torch.arange(tokens.size(1), device=x.device)
        apart = (step[:, None] - step).abs() * self.patch
        bias = -F.softplus(self.decay)[:, None, None] * apart  # [heads, L, L]
        return self.block(tokens, bias, return_weights)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.in_channels}, {self.channels}, patch={self.patch})"


class HourlyReadout(nn.Module):
    r"""A state for each of the central hours of a window: for reconstruction.

    Args:
        channels: Size of tokens.
        out_channels: Size of states.
        patch: Hours to a token.
        margin: Hours on each side that are context only.

    **Shapes:** tokens ``(N, L, channels)``, their window of ``history`` hours → ``(N, history - 2 * margin, out_channels)``.
    """

    def __init__(self, channels: int, out_channels: int, patch: int, margin: int) -> None:
        super().__init__()
        self.margin = margin
        self.out_channels = out_channels
        self.norm = nn.LayerNorm(channels)
        self.linear = nn.Linear(channels, patch * out_channels)

    def forward(self, tokens: Tensor, history: int) -> Tensor:
        """Unfold tokens into hours."""
        hours = self.linear(self.norm(tokens)).unflatten(2, (-1, self.out_channels)).flatten(1, 2)
        hours = hours[:, hours.size(1) - history :]
        return hours[:, self.margin : history - self.margin]


class PooledReadout(nn.Module):
    r"""A state for each group of hours ahead, pooled over the history by attention: for forecasts.

    Args:
        channels: Size of tokens.
        out_channels: Size of states.
        groups: Number of states; for a week, one a day.
        heads: Of the attention.

    **Shapes:** tokens ``(N, L, channels)`` → ``(N, groups, out_channels)``.
    """

    def __init__(self, channels: int, out_channels: int, groups: int, heads: int = 4) -> None:
        super().__init__()
        if groups < 1:
            raise InputError(f"groups: {groups} was given; use at least 1.")
        self.queries = nn.Parameter(torch.randn(groups, channels) / channels**0.5)
        self.norm = nn.LayerNorm(channels)
        self.attention = MultiheadAttention(channels, heads)
        self.linear = nn.Linear(2 * channels, out_channels)

    def forward(self, tokens: Tensor, history: int, return_weights: bool = False) -> Tensor | tuple[Tensor, Tensor]:
        """Pool; with ``return_weights`` also the attention, shape ``(N, heads, groups, tokens)``."""
        tokens = self.norm(tokens)
        queries = self.queries.expand(len(tokens), -1, -1)
        pooled = self.attention(queries, tokens, None, return_weights)
        pooled, weights = pooled if return_weights else (pooled, None)
        newest = tokens[:, -1:].expand_as(pooled)
        state = self.linear(torch.cat([pooled, newest], dim=-1))
        return (state, weights) if return_weights else state


class MeanReadout(nn.Module):
    r"""The mean of the tokens, as one state for the whole horizon.

    **Shapes:** tokens ``(N, L, channels)`` → ``(N, 1, channels)``.
    """

    def forward(self, tokens: Tensor, history: int) -> Tensor:
        """Pool."""
        return tokens.mean(dim=1, keepdim=True)
