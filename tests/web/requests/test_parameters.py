"""Query strings are read as Django reads them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import TooManyFieldsSent
from django.test import RequestFactory

from web.requests.parameters import lists_of, query_of


@pytest.mark.parametrize(
    "text",
    [
        *("", "a=1", "a=1&a=2", "a", "a=&b", "&&a=1&", "a=b=c", "%61=1"),
        *("a+b=c+d", "a=%7B%22x%22%3A1%7D", "a=%C3%A4", "a=%FF"),
    ],
)
def test_a_query_string_is_read_as_django_reads_it(text: str) -> None:
    request = RequestFactory().generic("GET", f"/?{text}")
    assert query_of(request) == request.GET.dict()
    assert [*lists_of(request).lists()] == [*request.GET.lists()]


def test_a_query_string_has_as_many_parameters_as_django_allows(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    request = RequestFactory().generic("GET", "/?a=1&b=2&c=3&d=4")
    with pytest.raises(TooManyFieldsSent):
        query_of(request)
