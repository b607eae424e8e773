"""An instrument out of the bytes of its file, whichever way it is written."""

from collections.abc import Container

from sonae.core.instruments import yaml_loader
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.problems import FormFault
from sonae.core.instruments.vocabulary import FileForm
from sonae.core.instruments.xlsform import reader


def form_of(file_name: str) -> FileForm:
    """How a file of this name is written."""
    return FileForm.YAML if file_name.lower().endswith((".yaml", ".yml")) else FileForm.XLSFORM


def prepared(
    content: bytes, *, form: FileForm, file_name: str, controls: Container[str] | None = None
) -> Plan | tuple[FormFault, ...]:
    """The instrument in a file ready for answers, or every fault of the file; `controls` are the ids that its questions
    may name."""
    if form is FileForm.YAML:
        return yaml_loader.prepared(content, controls=controls)
    return reader.prepared(content, name=file_name, controls=controls)
