"""What the forms share: the look of their controls, and faults that services name put at their fields."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

import engine

_LOOKS: Mapping[type[forms.Widget], str] = {
    forms.Select: "select",
    forms.Textarea: "textarea",
    forms.CheckboxInput: "checkbox",
    forms.RadioSelect: "",
    forms.CheckboxSelectMultiple: "",
}


class Form(forms.Form):
    """A form in the dashboard's look; what is required is told by our own words, not the browser's."""

    use_required_attribute = False

    def __init__(self, *arguments, **options) -> None:
        super().__init__(*arguments, **options)
        for field in self.fields.values():
            look = next((look for kind, look in _LOOKS.items() if type(field.widget) is kind), "input")
            given = field.widget.attrs.get("class", "")
            if look or given:
                field.widget.attrs["class"] = f"{look} {given}".strip()

    def take(self, error: engine.Error, *, names: Mapping[str, str] | None = None) -> None:
        """Shows an error of a service; `names` says which field a fault belongs to where the two differ."""
        faults = error.errors or (engine.FieldError("", error.message),)
        for fault in faults:
            name = (names or {}).get(fault.field, fault.field)
            if name in self.fields:
                self.add_error(name, fault.message)
            else:
                path = f"{fault.field}: " if fault.field and fault.field not in (names or {}) else ""
                self.add_error(None, f"{path}{fault.message}")
