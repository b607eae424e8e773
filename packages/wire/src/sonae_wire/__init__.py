"""The frozen messages that a hospital's collector and the portal exchange.

`messages` holds what travels, `vocabulary` its closed lists, `normalisation` the one spelling of an indicator's value,
`identity` the ids that make a second sending harmless, `paths` where each message is sent, `schema` the
JSON Schema of all.
"""
