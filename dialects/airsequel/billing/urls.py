"""The route of the payment provider's events."""

from django.urls import re_path

from dialects.airsequel.billing.views import PaddleView

urlpatterns = [re_path(r"^api/events/paddle/?$", PaddleView.as_view())]
