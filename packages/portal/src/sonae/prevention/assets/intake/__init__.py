"""Files that come into the ledger: read, planned, applied in one go, and taken back."""
