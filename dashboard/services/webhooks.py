"""Webhooks of a database: create, edit, pause and delete; deliveries, replays and test events."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

import engine
import features.webhooks.services
from dashboard.layout.base import BAD_REQUEST, SettingsPage
from dashboard.services.webhook_forms import NewWebhookForm, WebhookForm

STATES = (("", "All"), ("pending", "Pending"), ("delivered", "Delivered"), ("dead", "Failed"))


class WebhookPage(SettingsPage):
    """A page about webhooks. All of them need `design` and `read`."""

    page = "webhooks"

    def open(self, database_id: str, *, collection: str | None = None) -> engine.Database:
        database = super().open(database_id, collection=collection)
        database.require(engine.Action.DESIGN)
        database.require(engine.Action.READ)
        return database

    def deliveries(self, webhook_id: str) -> dict[str, Any]:
        """Return the context of the list of deliveries, in the state that the address names."""
        state = self.request.GET.get("state", "")
        return {
            "webhook": features.webhooks.services.describe(self.principal, self.database.id, webhook_id),
            "deliveries": features.webhooks.services.log(self.principal, self.database.id, webhook_id, state=state),
            "database": self.database,
            "state": state,
            "states": STATES,
        }


class WebhooksPage(WebhookPage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self.render_page()

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        database = self.open(database_id)
        form = NewWebhookForm(request.POST, collections=list(database.specs))
        if form.is_valid():
            try:
                created, secret = features.webhooks.services.create(
                    self.principal, database_id, **form.cleaned_data
                )
            except (engine.Invalid, engine.TooLarge) as error:
                form.add_errors(error)
            else:
                return self.render_page(created=created, secret=secret)
        return self.render_page(form=form, status=BAD_REQUEST)

    def render_page(self, *, form: NewWebhookForm | None = None, status: int = 200, **created: Any) -> HttpResponse:
        """Render the list. `created` has a new webhook and its secret, which is shown only once."""
        context = {
            "webhooks": features.webhooks.services.list_all(self.principal, self.database.id),
            "form": form or NewWebhookForm(collections=list(self.database.specs)),
            "is_invalid": form is not None,
            **created,
        }
        return self.show("webhooks.html", context, status=status)


class WebhookView(WebhookPage):
    """One webhook: its deliveries and actions."""

    def get(self, request: HttpRequest, database_id: str, webhook_id: str) -> HttpResponse:
        self.open(database_id)
        return self.render_page(webhook_id)

    def post(self, request: HttpRequest, database_id: str, webhook_id: str) -> HttpResponse:
        self.open(database_id)
        form = WebhookForm(request.POST)
        features.webhooks.services.describe(self.principal, database_id, webhook_id)
        if form.is_valid():
            try:
                features.webhooks.services.change(self.principal, database_id, webhook_id, **form.cleaned_data)
            except engine.Invalid as error:
                form.add_errors(error)
            else:
                return self.redirect("webhook", database_id, webhook_id, message="Webhook saved.")
        return self.render_page(webhook_id, form=form, status=BAD_REQUEST)

    def render_page(self, webhook_id: str, *, form: WebhookForm | None = None, status: int = 200) -> HttpResponse:
        context = self.deliveries(webhook_id)
        webhook = context["webhook"]
        context |= {
            "crumb": "Webhook",
            "form": form or WebhookForm(initial={"url": webhook["url"], "events": webhook["events"]}),
            "is_invalid": form is not None,
        }
        return self.show("webhook.html", context, status=status)


class DeliveriesView(WebhookPage):
    """The list of deliveries as a fragment, which the page polls."""

    def get(self, request: HttpRequest, database_id: str, webhook_id: str) -> HttpResponse:
        self.open(database_id)
        return self.part("parts/deliveries.html", self.deliveries(webhook_id))


class SwitchWebhookView(WebhookPage):
    def post(self, request: HttpRequest, database_id: str, webhook_id: str) -> HttpResponse:
        self.open(database_id)
        active = request.POST.get("active") == "1"
        features.webhooks.services.switch(self.principal, database_id, webhook_id, active=active)
        return self.redirect(
            "webhook", database_id, webhook_id, message="Webhook resumed." if active else "Webhook paused."
        )


class DeleteWebhookView(WebhookPage):
    def post(self, request: HttpRequest, database_id: str, webhook_id: str) -> HttpResponse:
        self.open(database_id)
        features.webhooks.services.delete(self.principal, database_id, webhook_id)
        return self.redirect("webhooks", database_id, message="Webhook deleted.")


class SendTestEventView(WebhookPage):
    def post(self, request: HttpRequest, database_id: str, webhook_id: str) -> HttpResponse:
        self.open(database_id)
        try:
            features.webhooks.services.send_test(self.principal, database_id, webhook_id)
        except engine.Conflict as error:
            messages.warning(request, error.message)
        else:
            messages.success(request, "Test event queued.")
        return self.redirect("webhook", database_id, webhook_id)


class ReplayFailedView(WebhookPage):
    def post(self, request: HttpRequest, database_id: str, webhook_id: str) -> HttpResponse:
        self.open(database_id)
        count = features.webhooks.services.replay_dead(self.principal, database_id, webhook_id)
        plural = "delivery" if count == 1 else "deliveries"
        return self.redirect("webhook", database_id, webhook_id, message=f"{count} {plural} queued again.")


class DeliveryView(WebhookPage):
    """One delivery: request, response and replay."""

    def get(self, request: HttpRequest, database_id: str, webhook_id: str, delivery_id: str) -> HttpResponse:
        self.open(database_id)
        context = {
            "crumb": "Delivery",
            "webhook": features.webhooks.services.describe(self.principal, database_id, webhook_id),
            "delivery": features.webhooks.services.describe_delivery(
                self.principal, database_id, webhook_id, delivery_id
            ),
        }
        return self.show("webhook_delivery.html", context)

    def post(self, request: HttpRequest, database_id: str, webhook_id: str, delivery_id: str) -> HttpResponse:
        self.open(database_id)
        features.webhooks.services.replay(self.principal, database_id, webhook_id, delivery_id)
        return self.redirect("webhook", database_id, webhook_id, message="Delivery queued again.")
