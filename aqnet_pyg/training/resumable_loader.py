"""A data loader whose position and random numbers are part of a checkpoint: a resumed training equals an uninterrupted one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch_geometric.loader import DataLoader


class ResumableLoader(DataLoader):
    """Loader of PyG with a state, which Lightning stores in checkpoints of a training.

    The state of PyTorch's random numbers is part of it, as these order the batches, hide stations and drop out. Batches are the
    same as those of a plain loader. With worker processes, which draw numbers of their own, nothing is stored.
    """

    _epoch: dict[str, Any] | None = None
    _resumed: dict[str, Any] | None = None

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the batches of an epoch, or over those that a resumed one has left."""
        if self.num_workers:
            return super().__iter__()
        state, self._resumed = self._resumed, None
        if state is not None and state["drawn"] >= len(self):  # the next epoch
            torch.set_rng_state(state["now"])
            state = None
        elif state is not None:
            torch.set_rng_state(state["start"])
        self._epoch = {"start": torch.get_rng_state(), "drawn": 0, "before": torch.get_rng_state()}
        batches = super().__iter__()
        if state is not None:
            for _ in range(state["drawn"]):
                batches._next_index()
            self._epoch["drawn"] = state["drawn"]
        return self._counted(batches, self._epoch, state)

    @staticmethod
    def _counted(batches: Iterator[Any], epoch: dict[str, Any], state: dict[str, Any] | None) -> Iterator[Any]:
        if (
            state is not None
        ):  # only now, as numbers may be drawn between the creation of the iterator and the first batch
            torch.set_rng_state(state["now"])
        while True:
            epoch["before"] = torch.get_rng_state()
            try:
                batch = next(batches)
            except StopIteration:
                return
            epoch["drawn"] += 1
            yield batch

    def state_dict(self) -> dict[str, Any]:
        """Position in the epoch, and states of the random numbers at its start and now; empty before the first epoch."""
        if self._epoch is None:
            return {}
        return {"start": self._epoch["start"], "drawn": self._epoch["drawn"], "now": torch.get_rng_state()}

    def put_back(self) -> None:
        """Undo the last draw, of a batch that is not used."""
        if self._epoch is not None:
            self._epoch["drawn"] -= 1
            torch.set_rng_state(self._epoch["before"])

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Let the next iteration go on from a state.

        Args:
            state: As :meth:`state_dict` returned it.
        """
        self._resumed = state or None
