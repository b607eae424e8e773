"""Every form looks the same without a word in it: the renderer supplies label, mark, hint, errors and summary."""

from django.forms.renderers import DjangoTemplates


class SonaeRenderer(DjangoTemplates):
    """Renders forms and fields with the templates of `web`."""

    form_template_name = "web/forms/form.html"
    field_template_name = "web/components/field.html"
    formset_template_name = "web/forms/formset.html"
