"""Ensembles of krigings and networks, stacked by their errors at held-out stations."""
