"""What the pages of this room say: how an inspection is prepared, and the papers that are shown at it."""
