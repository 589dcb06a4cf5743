"""Coming in and going: the first account, registering, logging in and out, verified addresses, passwords."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

import accounts.services
import engine
from dashboard.account.user_agents import in_words
from dashboard.layout import sessions
from dashboard.layout.base import FAULTY, Page, SignInPage
from dashboard.layout.sign_in_forms import LoginForm, RegisterForm, ResetForm, ResetRequestForm, login_again

# The path and query of a page of the dashboard; nothing that a browser would take for something else.
_PLAIN = re.compile(r"[!-\[\]-~]+")
_JOIN = re.compile(r"/dashboard/join/([^/?#]+)")


class EntryPage(SignInPage):
    """A page on the way to `next`, which is kept through registration, verification and log-in."""

    def next_page(self) -> str:
        """Return the page of this service that was asked for, or an empty text."""
        path = self.request.POST.get("next") or self.request.GET.get("next", "")
        inside = path.startswith("/dashboard/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
        return path if inside and _PLAIN.fullmatch(path) and "/.." not in path else ""

    def invitation(self) -> accounts.services.Offer | None:
        """Return the invitation whose link `next` is, if it can still be accepted."""
        match = _JOIN.fullmatch(self.next_page())
        try:
            return accounts.services.offer(match[1]) if match else None
        except engine.Invalid:
            return None

    def email(self) -> dict[str, str]:
        """Return what is known of the visitor's address, as a form's initial values."""
        registered = sessions.registered(self.request)
        if invitation := self.invitation():
            return {"email": invitation.email}
        return {"email": str(registered["email"])} if registered else {}

    def show(self, template: str, context: dict[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
        own = {"next": self.next_page(), "invitation": self.invitation()}
        return super().show(template, {**own, **(context or {})}, status=status)


class Login(EntryPage):
    limited = "login"

    def get(self, request: HttpRequest) -> HttpResponse:
        if sessions.visitor(request):
            return HttpResponseRedirect(self._next())
        return self.show("login.html", {"form": LoginForm(initial=self.email())})

    def submitted(self, request: HttpRequest) -> HttpResponse:
        form = login_again(request.POST) if self._in_dialog() else LoginForm(request.POST)
        if not form.is_valid():
            return self._again(form, status=FAULTY)
        self.count_account(form.cleaned_data["email"])
        try:
            session_id = accounts.services.open_browser(**form.cleaned_data, agent=_agent(request))
        except engine.Unauthenticated:
            form.add_error(None, "The address and the password do not match an account.")
            return self._again(form, status=401)
        sessions.begin(request, session_id)
        if self._in_dialog():
            context = {"text": "You are logged in again. Repeat the last action.", "kind": "success"}
            answer = render(request, "dashboard/parts/toast.html", context)
            answer.headers["HX-Retarget"] = "#toasts"
            answer.headers["HX-Reswap"] = "beforeend"
            answer.headers["HX-Trigger-After-Swap"] = "logged-in"
            return answer
        return HttpResponseRedirect(self._next())

    def _again(self, form: LoginForm, *, status: int) -> HttpResponse:
        if self._in_dialog():
            return self.part("parts/login_dialog.html", {"form": form}, status=status)
        return self.show("login.html", {"form": form}, status=status)

    def _in_dialog(self) -> bool:
        return bool(self.request.htmx) and self.request.POST.get("dialog") == "1"

    def _next(self) -> str:
        return self.next_page() or reverse("dashboard:home")


class Logout(Page):
    public = True

    def post(self, request: HttpRequest) -> HttpResponse:
        if found := sessions.visitor(request):
            accounts.services.log_out(principal=found)
        sessions.end(request)
        messages.success(request, "You are logged out.")
        return self.go("login")


class First(SignInPage):
    """The link that the installation's start prints: it makes the first account, once."""

    limited = "register"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        accounts.services.check_first(token)
        return self.show("register.html", {"form": RegisterForm(), "first": True})

    def submitted(self, request: HttpRequest, token: str) -> HttpResponse:
        form = RegisterForm(request.POST)
        if form.is_valid():
            try:
                user_id = accounts.services.register_first(token, **form.cleaned_data)
            except engine.Invalid as problem:
                form.take(problem)
            else:
                sessions.begin(request, accounts.services.begin_browser(user_id, agent=_agent(request)))
                return self.go("home", say="Welcome. You run this installation. Create your first database.")
        return self.show("register.html", {"form": form, "first": True}, status=FAULTY)


class Register(EntryPage):
    limited = "register"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show("register.html", {"form": RegisterForm(initial=self.email())})

    def submitted(self, request: HttpRequest) -> HttpResponse:
        form = RegisterForm(request.POST)
        if form.is_valid():
            self.count_account(form.cleaned_data["email"])
            try:
                user_id = accounts.services.register(**form.cleaned_data)
            except engine.Invalid as problem:
                form.take(problem)
            else:
                email, next_page = form.cleaned_data["email"], self.next_page()
                sessions.remember_registered(request, email=email, user_id=user_id, next_page=next_page)
                return self.go("registered")
        return self.show("register.html", {"form": form}, status=FAULTY)


class Registered(Page):
    """What to do after registering; it shows the mail where none leaves the machine, and only to this browser."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        who = sessions.registered(request)
        if not who:
            return self.go("login")
        mail = accounts.services.shown_verification(who["user_id"]) if who["user_id"] else None
        context = {"email": who["email"], "mail": mail, "visitor": sessions.visitor(request)}
        return self.show("registered.html", {**context, "next": who.get("next", "")})


class Verify(Page):
    """A page with a button, because programs that look at mail follow its links too."""

    public = True

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self.show("verify.html")

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        accounts.services.verify_email(token)
        say = "Your address is verified."
        next_page = sessions.registered(request).get("next")
        if sessions.visitor(request):
            messages.success(request, say)
            return HttpResponseRedirect(str(next_page or reverse("dashboard:home")))
        messages.success(request, f"{say} Log in.")
        query = {"next": next_page} if next_page else None
        return HttpResponseRedirect(reverse("dashboard:login", query=query))


class VerifyAgain(SignInPage):
    """Counted like everything that sends mail; where none leaves the machine it is shown as after registering."""

    public = False
    limited = "resend"

    def submitted(self, request: HttpRequest) -> HttpResponse:
        self.count_account(self.principal.email)
        if settings.SHOWS_MAIL and not self.principal.verified:
            sessions.remember_registered(request, email=self.principal.email, user_id=self.principal.user_id)
            return self.go("registered")
        accounts.services.resend_verification(self.principal.user_id)
        return self.go("home", say=f"Mail sent to {self.principal.email}.")


class ResetRequest(SignInPage):
    limited = "reset-request"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show("reset_request.html", {"form": ResetRequestForm()})

    def submitted(self, request: HttpRequest) -> HttpResponse:
        form = ResetRequestForm(request.POST)
        if not form.is_valid():
            return self.show("reset_request.html", {"form": form}, status=FAULTY)
        self.count_account(form.cleaned_data["email"])
        accounts.services.request_password_reset(form.cleaned_data["email"])
        return self.show("reset_sent.html", {**form.cleaned_data, "shows_mail": settings.SHOWS_MAIL})


class Reset(SignInPage):
    limited = "reset-confirm"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self.show("reset.html", {"form": ResetForm()})

    def submitted(self, request: HttpRequest, token: str) -> HttpResponseBase:
        form = ResetForm(request.POST)
        if form.is_valid():
            try:
                accounts.services.confirm_password_reset(token, **form.cleaned_data)
            except engine.Invalid as problem:
                form.take(problem)
            else:
                return self.go("login", say="Your password is set. Log in with the new password.")
        return self.show("reset.html", {"form": form}, status=FAULTY)


def _agent(request: HttpRequest) -> str:
    return in_words(request.headers.get("User-Agent", ""))
