"""An instrument out of the bytes of its file, whichever way it is written."""

from collections.abc import Collection

from sonae.core.instruments import yaml_loader
from sonae.core.instruments.definition import Instrument
from sonae.core.instruments.problems import FormFault
from sonae.core.instruments.vocabulary import FileForm
from sonae.core.instruments.xlsform import reader


def form_of(file_name: str) -> FileForm:
    """How a file of this name is written."""
    return FileForm.YAML if file_name.lower().endswith((".yaml", ".yml")) else FileForm.XLSFORM


def read(
    content: bytes, *, form: FileForm, file_name: str, controls: Collection[str] | None = None
) -> Instrument | tuple[FormFault, ...]:
    """The instrument in a file, or every fault of it; `controls` are the ids that its questions may name."""
    if form is FileForm.YAML:
        return yaml_loader.load(content, controls=controls)
    return reader.read(content, name=file_name, controls=controls)
