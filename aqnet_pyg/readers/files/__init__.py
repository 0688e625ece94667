"""Files of any archive: in folders and zip files, compressed, as text in any encoding, as Parquet, spreadsheets or files of R."""
