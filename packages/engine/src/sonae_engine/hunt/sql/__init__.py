"""Named queries, each with one sentence."""
