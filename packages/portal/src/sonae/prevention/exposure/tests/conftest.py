from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path
