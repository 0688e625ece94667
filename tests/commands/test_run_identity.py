"""Identities of runs."""

from importlib.resources import files

import aqnet_pyg
from aqnet_pyg.commands import run_identity as identities
from aqnet_pyg.commands.run_identity import code_sha256, run_identity, run_key

SETTINGS = {"seed": 0, "k": 4, "out": "a", "resume": False, "dask": None}


def test_the_key_depends_on_settings_data_and_code(monkeypatch):
    key = run_key(SETTINGS, "data")
    assert run_key(dict(reversed(SETTINGS.items())), "data") == key
    assert run_key(SETTINGS | {"out": "b", "resume": True, "dask": "2"}, "data") == key
    others = {run_key(SETTINGS | {"seed": 1}, "data"), run_key(SETTINGS | {"k": 5}, "data"), run_key(SETTINGS, "other")}
    monkeypatch.setattr(identities, "code_sha256", lambda: "another version")
    others.add(run_key(SETTINGS, "data"))
    assert len(others - {key}) == 4


def test_the_identity_depends_on_the_models_too():
    assert (
        len({run_identity("a", "m"), run_identity("b", "m"), run_identity("a", "n"), run_identity("a", {"pm25": "m"})})
        == 4
    )


def test_the_code_is_all_modules_of_the_package(tmp_path, monkeypatch):
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "a.py").write_text("x = 1")
    (tmp_path / "__pycache__").mkdir()
    monkeypatch.setattr(identities, "files", lambda name: tmp_path)
    code_sha256.cache_clear()
    first = code_sha256()
    (tmp_path / "__pycache__" / "a.py").write_text("")
    (tmp_path / "note.txt").write_text("")
    code_sha256.cache_clear()
    assert code_sha256() == first
    (tmp_path / "part" / "a.py").write_text("x = 2")
    code_sha256.cache_clear()
    assert code_sha256() != first
    monkeypatch.undo()
    code_sha256.cache_clear()
    assert code_sha256() not in (first, None)
    assert (files("aqnet_pyg") / "stations.py").read_bytes()
    assert aqnet_pyg.__file__
