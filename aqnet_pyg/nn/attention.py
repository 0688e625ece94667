"""Multi-head attention that can return its weights."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn.inits import reset


class MultiheadAttention(nn.Module):
    r"""Scaled dot-product attention `"Attention Is All You Need" <https://arxiv.org/abs/1706.03762>`_ with an additive bias.

    :class:`torch.nn.MultiheadAttention` needs biases expanded over the batch, which for a network of stations is most of
    the memory; here they broadcast.

    Args:
        channels: Size of queries, keys and outputs.
        heads: Number of heads; must divide ``channels``.

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
        """Reset all learnable parameters."""
        self.query.reset_parameters()
        self.key_value.reset_parameters()
        self.out.reset_parameters()

    def forward(
        self, queries: Tensor, keys: Tensor, bias: Tensor | None = None, return_weights: bool = False
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Attend from queries to keys; a bias of minus infinity masks a key."""
        query = self._split(self.query(queries))  # [B, heads, Q, C / heads]
        key, value = (self._split(part) for part in self.key_value(keys).chunk(2, dim=-1))
        # On CPUs the fused kernel is made for long sequences: its backward pass takes twice as long for tens of tokens.
        if not return_weights and not (query.requires_grad and query.device.type == "cpu"):
            return self.out(self._merge(F.scaled_dot_product_attention(query, key, value, attn_mask=bias)))
        score = query / key.size(-1) ** 0.5 @ key.transpose(-1, -2)
        weights = (score if bias is None else score + bias).softmax(dim=-1)
        out = self.out(self._merge(weights @ value))
        return (out, weights) if return_weights else out

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def _merge(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2).flatten(2)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.channels}, heads={self.heads})"


class AttentionBlock(nn.Module):
    r"""Transformer block: self-attention and a feed-forward layer, each with pre-layer normalization and a residual connection.

    Args:
        channels: Size of tokens.
        heads: Number of attention heads.

    **Shapes:** ``(B, K, C)``, bias as in :class:`MultiheadAttention` → ``(B, K, C)``.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.channels = channels
        self.heads = heads
        self.norm_attention = nn.LayerNorm(channels)
        self.attention = MultiheadAttention(channels, heads)
        self.norm_feed = nn.LayerNorm(channels)
        self.feed = nn.Sequential(nn.Linear(channels, 2 * channels), nn.GELU(), nn.Linear(2 * channels, channels))

    def reset_parameters(self) -> None:
        """Reset all learnable parameters."""
        self.norm_attention.reset_parameters()
        self.attention.reset_parameters()
        self.norm_feed.reset_parameters()
        reset(self.feed)

    def forward(
        self, x: Tensor, bias: Tensor | None = None, return_weights: bool = False
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Apply self-attention among the tokens, then the feed-forward layer."""
        normed = self.norm_attention(x)
        attended, weights = self.attention(normed, normed, bias, return_weights), None
        if return_weights:
            attended, weights = attended
        x = x + attended
        x = x + self.feed(self.norm_feed(x))
        return x if weights is None else (x, weights)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.channels}, heads={self.heads})"
