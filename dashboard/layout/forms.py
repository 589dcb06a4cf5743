"""The base class of forms: styles of controls, and errors of services at their fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django import forms
from django.core.validators import RegexValidator

import engine
from accounts.serializers import CONTROL, NOT_ONE_LINE

_CSS_CLASSES: Mapping[type[forms.Widget], str] = {
    forms.Select: "select",
    forms.Textarea: "textarea",
    forms.CheckboxInput: "checkbox",
    forms.RadioSelect: "",
    forms.CheckboxSelectMultiple: "",
}


class OneLineField(forms.CharField):
    """A one-line string, such as a name, with the rule of the API."""

    default_validators = [RegexValidator(CONTROL, NOT_ONE_LINE, inverse_match=True)]


class Form(forms.Form):
    """A form with the styles of the dashboard. Required fields are checked by the server, not by the browser."""

    use_required_attribute = False

    def __init__(self, *arguments, **options) -> None:
        super().__init__(*arguments, **options)
        for field in self.fields.values():
            css_class = _CSS_CLASSES.get(type(field.widget), "input")
            classes = field.widget.attrs.get("class", "")
            if css_class or classes:
                field.widget.attrs["class"] = f"{css_class} {classes}".strip()

    def set_choices(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        """Set the values and titles that a field offers."""
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField):
            raise TypeError(f"The field {name} has no choices.")
        field.choices = choices

    def add_errors(self, error: engine.Error, *, names: Mapping[str, str] | None = None) -> None:
        """Add the errors of a service to their fields. `names` maps fields of the service to fields of the form."""
        errors = error.errors or (engine.FieldError("", error.message),)
        for item in errors:
            name = (names or {}).get(item.field, item.field)
            if name in self.fields:
                self.add_error(name, item.message)
            else:
                prefix = f"{item.field}: " if item.field and item.field not in (names or {}) else ""
                self.add_error(None, f"{prefix}{item.message}")
