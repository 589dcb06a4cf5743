"""Routes of people and their sessions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import accounts.services
import engine
from accounts.principal import PersonPrincipal
from accounts.services.bearer import session_tokens
from accounts.services.names import teams, usernames
from accounts.services.second_factor.challenges import Challenge
from accounts.views.limits import client_of, count_code_attempt
from catalog.services.queries import count_by_team
from dialects.airsequel.people.operations.users import (
    AirsequelUser,
    EmailRequest,
    LogInRequest,
    RegistrationRequest,
    ResetSubmission,
    SignedIn,
    TeamSummary,
)
from dialects.airsequel.people.rendering import summaries
from dialects.airsequel.people.views.base import OpenView, body_of, person_of
from dialects.airsequel.views import AirsequelView, account_of
from web.views import json_response


class LogInView(OpenView):
    http_method_names = ("post", "options")
    limited = "login"

    def post(self, request: HttpRequest) -> HttpResponse:
        body = body_of(request, LogInRequest)
        self.count_account(body.username)
        sign_in = session_tokens.log_in(body.username, password=body.password, client=client_of(request))
        if isinstance(sign_in, Challenge):
            if body.code is None:
                raise engine.Unauthenticated("This account has two-step sign-in: send its code in `code`.")
            count_code_attempt(sign_in.token)
            sign_in = session_tokens.log_in_with_code(sign_in.token, code=body.code, client=client_of(request))
        user_id = sign_in.principal.user_id
        signed_in: SignedIn = {
            "sessionToken": sign_in.token,
            "teams": _teams(user_id),
            "username": accounts.services.people.profile(user_id).username,
        }
        return json_response(signed_in)


class EndSessionTokenView(AirsequelView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        accounts.services.sessions.log_out(principal=person_of(request))
        return json_response({})


class UsersView(OpenView):
    http_method_names = ("post", "options")
    limited = "register"

    def post(self, request: HttpRequest) -> HttpResponse:
        body = body_of(request, RegistrationRequest)
        self.count_account(body.email_address)
        accounts.services.people.register(body.email_address, password=body.password, username=body.username)
        return json_response({})


class UserView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, username: str) -> HttpResponse:
        caller = account_of(request)
        user_id = usernames.id_of(username)
        is_own = isinstance(caller, PersonPrincipal) and user_id == caller.user_id
        if not is_own and not accounts.services.people.administers(caller):
            raise engine.NotFound(usernames.NOT_FOUND)
        profile = accounts.services.people.profile(user_id)
        user: AirsequelUser = {
            "serverRoles": ["admin"] if profile.is_admin else [],
            "teams": _teams(user_id),
            "username": profile.username,
        }
        return json_response(user)


class InviteUserView(AirsequelView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        caller = person_of(request)
        accounts.services.people.invite(caller, body_of(request, EmailRequest).email)
        return json_response({})


class ResetRequestView(OpenView):
    http_method_names = ("post", "options")
    limited = "reset-request"

    def post(self, request: HttpRequest) -> HttpResponse:
        body = body_of(request, EmailRequest)
        self.count_account(body.email)
        accounts.services.passwords.request_password_reset(body.email)
        return json_response({})


class ResetSubmitView(OpenView):
    http_method_names = ("post", "options")
    limited = "reset-confirm"

    def post(self, request: HttpRequest) -> HttpResponse:
        body = body_of(request, ResetSubmission)
        accounts.services.passwords.confirm_password_reset(
            body.reset_key, password=body.password, client=client_of(request)
        )
        return json_response({})


def _teams(user_id: int) -> list[TeamSummary]:
    listed = teams.teams_of(user_id)
    return summaries(listed, count_by_team([team.id for team in listed]))
