"""From a trained model and station data to predictions, products in CF conventions, calibrated intervals and alerts."""
