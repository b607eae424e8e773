"""The expressions of forms: parsed by a grammar, checked against the form, evaluated within limits. See README.md."""
