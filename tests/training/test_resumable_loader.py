"""A loader that goes on where it was."""

import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.loader import DataLoader

from aqnet_pyg.training.resumable_loader import ResumableLoader

COUNT, BATCH = 11, 3
BATCHES = 4


class Noisy(torch.utils.data.Dataset):
    """Items with random numbers, as transforms draw them."""

    def __len__(self):
        return COUNT

    def __getitem__(self, number):
        return Data(x=torch.tensor([[float(number), torch.rand(())]]))


def numbers(loader, count):
    """Values of a number of batches, over epochs, with a random number of the model after each."""
    found = []
    while len(found) < count:
        for batch in loader:
            found.append((batch.x.tolist(), float(torch.rand(()))))
            if len(found) == count:
                break
    return found


def test_batches_are_those_of_a_plain_loader():
    found = []
    for cls in (DataLoader, ResumableLoader):
        torch.manual_seed(3)
        found.append(numbers(cls(Noisy(), BATCH, shuffle=True), 2 * BATCHES + 1))
    assert found[0] == found[1]


@pytest.mark.parametrize("done", range(1, 2 * BATCHES + 2))
@pytest.mark.parametrize("put_back", [False, True])
def test_it_goes_on_at_any_batch(done, put_back):
    total = 3 * BATCHES
    torch.manual_seed(3)
    loader = ResumableLoader(Noisy(), BATCH, shuffle=True)
    assert loader.state_dict() == {}
    expected = numbers(loader, total)
    torch.manual_seed(3)
    loader = ResumableLoader(Noisy(), BATCH, shuffle=True)
    iterator, seen = iter(loader), 0
    while seen < done:
        try:
            next(iterator)
        except StopIteration:
            iterator = iter(loader)
            continue
        torch.rand(())
        seen += 1
    if put_back and done % BATCHES:
        next(iterator)
        loader.put_back()
    state = loader.state_dict()
    torch.manual_seed(99)
    again = ResumableLoader(Noisy(), BATCH, shuffle=True)
    again.load_state_dict(state)
    assert numbers(again, total - done) == expected[done:]


def test_workers_draw_numbers_of_their_own():
    loader = ResumableLoader(Noisy(), BATCH, num_workers=1)
    assert len(list(loader)) == BATCHES
    assert loader.state_dict() == {}
    loader.put_back()
    loader.load_state_dict({})
