"""Faults in files and folders of results: atomic writing, hashes, locks, zarr blocks, CF attributes, identities of runs."""

from faults.fault import Fault

TESTS = ()

FAULTS = [
    Fault("half a file in place of the old one", "io/files.py", "temporary.unlink()", "os.replace(temporary, path)"),
    Fault(
        "hash of pointers",
        "io/files.py",
        "digest.update(repr(values.tolist()).encode() if text else",
        'digest.update(b"" if text else',
    ),
    Fault(
        "hash of values without their names",
        "io/files.py",
        'digest.update(f"{name} {values.shape} {values.dtype}".encode())',
        "pass",
    ),
    Fault(
        "NaN in JSON",
        "io/files.py",
        "return None if isinstance(content, float) and not math.isfinite(content) else content",
        "return content",
    ),
    Fault(
        "bounds of the next hour",
        "io/cf.py",
        'np.stack([center - np.timedelta64(1, "h"), center], axis=1)',
        'np.stack([center, center + np.timedelta64(1, "h")], axis=1)',
    ),
    Fault(
        "borders of cells at their centers",
        "io/cf.py",
        "np.stack([edges[:-1], edges[1:]], axis=1)",
        "np.stack([center, center], axis=1)",
    ),
    Fault("times without their zone", "io/cf.py", "1970-01-01T00:00:00+00:00", "1970-01-01T00:00:00"),
    Fault("bounds left in memory", "io/cf.py", "if str(name).endswith(_BOUNDS)]", "if False]"),
    Fault(
        "coordinates become variables",
        "io/dask_blocks.py",
        "for name, (*_, coord) in parts.items() if coord]",
        "for name, (*_, coord) in parts.items() if not coord]",
    ),
    Fault("no lock", "io/locks.py", "fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)", "pass"),
    Fault(
        "lock on a removed file", "io/locks.py", "if os.path.samestat(os.fstat(descriptor), path.stat()):", "if True:"
    ),
    Fault(
        "files of another run resumed",
        "io/staging.py",
        'if _read(staged / _KEY).get("key") == key else ()',
        "if True else ()",
    ),
    Fault("results of an earlier run kept", "io/staging.py", "for name in {*products} - {*names}:", "for name in ():"),
    Fault("old store mixed with the new one", "io/staging.py", "if (folder / name).is_dir():", "if False:"),
    Fault(
        "moved without a list of names",
        "io/staging.py",
        'write_json({"names": names}, staged / _NAMES)',
        'write_json({"names": []}, staged / _NAMES)',
    ),
    Fault("files of users taken for temporary ones", "io/staging.py", 'r"\\..+\\.[0-9a-f]{8}(\\.[^.]+)?"', 'r"\\..+"'),
    Fault("blocks of another model resumed", "io/zarr_stores.py", "return begun == fingerprint and", "return"),
    Fault(
        "marker before the block",
        "io/zarr_stores.py",
        "    (computed,) = dask.compute(",
        "    marker.touch()\n    (computed,) = dask.compute(",
    ),
    Fault(
        "block written at the beginning",
        "io/zarr_stores.py",
        "region.to_zarr(path, region={_time_dim(region): slice(*block)})",
        "region.to_zarr(path, region={_time_dim(region): slice(0, block[1] - block[0])})",
    ),
    Fault(
        "settings not in the identity",
        "commands/run_identity.py",
        "return _sha256([chosen, data_sha256, code_sha256()])",
        "return _sha256([data_sha256, code_sha256()])",
    ),
    Fault(
        "model not in the identity",
        "commands/run_identity.py",
        "return _sha256([key, models])",
        "return _sha256([key])",
    ),
    Fault(
        "code not in the identity",
        "commands/run_identity.py",
        "return _sha256([chosen, data_sha256, code_sha256()])",
        "return _sha256([chosen, data_sha256])",
    ),
    Fault(
        "product of another run opened",
        "commands/run_folder.py",
        "if opened.attrs.get(RUN) != self.metrics.get(RUN):",
        "if False:",
    ),
    Fault(
        "model of another run loaded",
        "commands/run_folder.py",
        "if expected not in (None, model.fingerprint()):",
        "if False:",
    ),
    Fault(
        "changed alerts read",
        "commands/run_folder.py",
        "if {name: found.get(name) for name in expected} != expected:",
        "if False:",
    ),
    Fault(
        "hash of a model without its intervals",
        "inference/trained_model.py",
        "        if self.intervals is not None:\n            states.append(self.intervals.state())\n",
        "",
    ),
    Fault(
        "hash of a model without its tensors",
        "inference/trained_model.py",
        "digest.update(value.cpu().contiguous().numpy().tobytes())",
        "pass",
    ),
]
