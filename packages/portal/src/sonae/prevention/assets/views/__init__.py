"""The pages of the room: the two lists of the ledger with their rows, and the stocktakes."""
