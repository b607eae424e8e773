"""Pages of controls and evidence, and of catalogues that others publish."""
