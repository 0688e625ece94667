"""Signals to the command line, as a shell, a scheduler or a terminal sends them."""

import os
import pty
import select
import signal
import subprocess
import sys
import time

import pytest
from station_samples import random_station_data

from aqnet_pyg.readers import write_netcdf
from aqnet_pyg.training.checkpoint_files import read_checkpoint

SIZES = "--k 4 --history 12 --margin 2 --network.channels 8"
TRAIN = ["train", "netcdf", "--path", "archive.nc", "--out", "run", "--steps", "100000", *SIZES.split()]
PATIENCE = 240
"""Seconds to wait for something that takes a few on a free machine."""


@pytest.fixture
def folder(tmp_path):
    write_netcdf(random_station_data(stations=12, hours=24 * 8), tmp_path / "archive.nc")
    return tmp_path


def read_until(stream, text):
    """Read the text of a file descriptor until something appears in it, or to its end."""
    found, end = "", time.monotonic() + PATIENCE
    while text not in found and time.monotonic() < end:
        if select.select([stream], [], [], 1)[0]:
            try:
                part = os.read(stream, 4096).decode()
            except OSError:  # the other end of a pseudo-terminal is closed
                break
            if not part:
                break
            found += part
    return found


def started(arguments, folder, **streams):
    return subprocess.Popen([sys.executable, "-m", "aqnet_pyg.commands.main", *arguments], cwd=folder, **streams)


def test_sigterm_in_a_training_saves_a_checkpoint(folder):
    with started(TRAIN, folder, stderr=subprocess.PIPE) as process:
        printed = read_until(process.stderr.fileno(), "step 50 of")
        assert "step 50 of" in printed
        assert "site-packages" not in printed  # no warnings of other packages
        process.terminate()
        rest = process.communicate(timeout=PATIENCE)[1].decode().splitlines()
    assert process.returncode == 143
    assert rest[-1] == "aqnet: terminated; run the same command again to resume (a training with --resume true)"
    assert "Traceback" not in "".join(rest)
    assert read_checkpoint(folder / "run" / "checkpoints" / "last.ckpt")["global_step"] >= 50
    assert not list((folder / "run").rglob(".*"))


def test_ctrl_c_in_a_terminal(folder):
    """The terminal sends the signal to all processes in its foreground."""
    terminal, end = pty.openpty()
    session = {"start_new_session": True, "preexec_fn": lambda: _take(end)}
    with started(TRAIN, folder, stdin=end, stdout=end, stderr=end, **session) as process:
        os.close(end)
        assert "step 50 of" in read_until(terminal, "step 50 of")
        os.write(terminal, b"\x03")
        printed = read_until(terminal, "--resume true)")
        assert process.wait(PATIENCE) == 130
    os.close(terminal)
    assert "aqnet: interrupted; run the same command again to resume" in printed
    assert "Traceback" not in printed
    assert read_checkpoint(folder / "run" / "checkpoints" / "last.ckpt")["global_step"] >= 50


def _take(end):
    """Make a pseudo-terminal the controlling terminal of this process."""
    import fcntl
    import termios

    fcntl.ioctl(end, termios.TIOCSCTTY, 0)


WAIT = """
import sys, time
from aqnet_pyg.commands import main as command_line, sources
def wait(*arguments, **options):
    print("reading", flush=True)
    time.sleep(600)
sources.read = wait
sys.exit(command_line.main({arguments!r}))
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_outside_a_training(number, status, folder):
    code = WAIT.format(arguments=["fill", "netcdf", "--path", "archive.nc", "--out", "run"])
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], cwd=folder, **pipes) as process:
        assert read_until(process.stdout.fileno(), "reading")
        process.send_signal(number)
        errors = process.communicate(timeout=PATIENCE)[1].decode().splitlines()
    assert process.returncode == status
    assert len(errors) == 1
    assert [path.name for path in (folder / "run").iterdir()] == ["run.log"]
