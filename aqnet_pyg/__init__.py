"""Air-quality reanalysis on station graphs."""
