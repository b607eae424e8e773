"""Events against indicators: read a sensor's files, match them as they come, store them, hunt in what was stored.

`files` and `eve` read, `indicators` and `stream` match, `store` and `retro` keep and search the past, `reference` is
the slow and obvious twin of both ways, `extract` proposes indicators from alerts.
"""
