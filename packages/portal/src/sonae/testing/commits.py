"""Tests whose transactions really commit, for what several connections do to each other."""

import pytest

from sonae.testing.append_only import let_tests_empty_the_log

let_tests_empty_the_log()


@pytest.fixture
def real_commits(transactional_db: None) -> None:
    """The database without a transaction around the test."""
