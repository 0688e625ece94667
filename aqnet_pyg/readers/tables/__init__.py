"""Reader of tables without a common format: columns, times, units and separators are recognized or given."""
