from django import forms
from django.utils.translation import override

from sonae.core.web.styleguide import ExampleForm
from sonae.core.web.templatetags.sonae_web import address_of


class SmallForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As registered.")
    note = forms.CharField(label="Note", required=False)
    agreed = forms.BooleanField(label="Agreed")
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    secret = forms.IntegerField(widget=forms.HiddenInput)


def test_every_field_says_whether_it_must_be_filled_in():
    with override("ja"):
        drawn = str(SmallForm())
    assert drawn.count("必須") == 3
    assert drawn.count("任意") == 1


def test_hint_and_error_are_tied_to_their_field():
    drawn = str(SmallForm({"name": ""}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in drawn
    assert 'id="id_name_helptext"' in drawn
    assert 'id="id_name_error"' in drawn
    assert 'aria-invalid="true"' in drawn


def test_the_summary_links_to_each_field_and_also_names_hidden_ones():
    with override("en"):
        drawn = str(SmallForm({"secret": "x"}))
    for target in ('href="#id_name"', 'href="#id_agreed"', 'href="#id_kind_0"'):
        assert target in drawn
    assert "Please correct the following" in drawn
    assert "Enter a whole number." in drawn


def test_a_group_of_choices_is_a_fieldset_with_a_legend():
    drawn = str(SmallForm())
    assert "<fieldset" in drawn
    assert "<legend>Kind" in drawn


def test_an_untouched_form_has_no_summary():
    assert "error-summary" not in str(SmallForm())


def test_the_links_of_the_summary_lead_to_something_on_the_page():
    form = ExampleForm({})
    drawn = str(form)
    for field in form:
        if field.errors:
            assert f'id="{address_of(field)}"' in drawn, field.name
