"""Files: written as a whole or not at all, CF conventions, zarr stores, blocks of lazy arrays."""
