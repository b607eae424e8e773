# What a developer does here. `./sonae` works without just; these are shorter names (just comes with the dev requirements:
# .venv/bin/just).

[private]
default:
    @just --list --unsorted

# make .venv with everything: run, PostgreSQL, tests and tools, browser driver
devenv:
    ./sonae --prepare run postgres dev browser

# serve on localhost
run *arguments:
    ./sonae serve {{arguments}}

# all tests on every database that is here
test *arguments:
    ./sonae test {{arguments}}

# format, lint, types, arrows, templates, catalogues, lock: under a minute
check *names:
    ./sonae check {{names}}

# let the tools mend what they can
fix:
    ./sonae check --fix format lint

# write the reference pages that come from the code
docs:
    ./sonae --prepare run postgres dev >/dev/null
    .venv/bin/python -m tools.reference

# extract messages into the catalogues, for a person to translate
messages:
    ./sonae --prepare run postgres dev >/dev/null
    .venv/bin/python -m tools.catalogues --update

# write requirements/ from the pyproject files (needs uv)
lock:
    uv lock
    .venv/bin/python -m tools.lock
