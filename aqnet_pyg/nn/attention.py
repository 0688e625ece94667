"""Multi-head attention whose weights can be asked for."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["AttentionBlock", "MultiheadAttention"]


class MultiheadAttention(nn.Module):
    r"""Scaled dot-product attention `"Attention Is All You Need" <https://arxiv.org/abs/1706.03762>`_ with an additive bias.

    :class:`torch.nn.MultiheadAttention` wants biases expanded over the batch, which for a network of stations is most of
    the memory; here they broadcast.

    Args:
        channels: Size of queries, keys and outputs.
        heads: Number of heads; divides ``channels``.

    **Shapes:** queries ``(B, Q, C)``, keys ``(B, K, C)``, bias broadcastable to ``(B, heads, Q, K)`` →
    ``(B, Q, C)``; with ``return_weights`` also ``(B, heads, Q, K)``.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.channels = channels
        self.heads = heads
        self.query = nn.Linear(channels, channels)
        self.key_value = nn.Linear(channels, 2 * channels)
        self.out = nn.Linear(channels, channels)

    def reset_parameters(self) -> None:
        """Draw new parameters."""
        for layer in (self.query, self.key_value, self.out):
            layer.reset_parameters()

    def forward(
        self, queries: Tensor, keys: Tensor, bias: Tensor | None = None, return_weights: bool = False
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Attend; a bias of minus infinity hides a key."""
        query = self._split(self.query(queries))
        key, value = (self._split(part) for part in self.key_value(keys).chunk(2, dim=-1))
        if return_weights:
            score = query @ key.transpose(-1, -2) / key.size(-1) ** 0.5
            weights = (score if bias is None else score + bias).softmax(dim=-1)
            return self.out(self._merge(weights @ value)), weights
        return self.out(self._merge(F.scaled_dot_product_attention(query, key, value, attn_mask=bias)))

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def _merge(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2).flatten(2)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.channels}, heads={self.heads})"


class AttentionBlock(nn.Module):
    r"""Self-attention and a feed-forward layer, each behind a layer norm and added to what it read.

    Args:
        channels: Size of tokens.
        heads: Number of heads.

    **Shapes:** ``(B, K, C)``, bias as in :class:`MultiheadAttention` → ``(B, K, C)``.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.norm_attention = nn.LayerNorm(channels)
        self.attention = MultiheadAttention(channels, heads)
        self.norm_feed = nn.LayerNorm(channels)
        self.feed = nn.Sequential(nn.Linear(channels, 2 * channels), nn.GELU(), nn.Linear(2 * channels, channels))

    def reset_parameters(self) -> None:
        """Draw new parameters."""
        for layer in (self.norm_attention, self.attention, self.norm_feed, self.feed[0], self.feed[2]):
            layer.reset_parameters()

    def forward(
        self, x: Tensor, bias: Tensor | None = None, return_weights: bool = False
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Let tokens see each other."""
        normed = self.norm_attention(x)
        attended = self.attention(normed, normed, bias, return_weights)
        attended, weights = attended if return_weights else (attended, None)
        x = x + attended
        x = x + self.feed(self.norm_feed(x))
        return (x, weights) if return_weights else x
