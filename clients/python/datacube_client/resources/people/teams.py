"""Teams: their members and invitations."""

from __future__ import annotations

from datacube_client.core.effects import JSON, Flow, Records
from datacube_client.core.operation import AsyncResource, Resource, SyncResource, operation


class TeamOperations(Resource):
    """The teams of a person, by their ids. Keys have no access to them."""

    @operation
    def list(self) -> Flow[Records]:
        """Return the teams, the personal one first: `id`, `name`, `personal` and your `role`."""
        return self._records("GET /core/teams")

    @operation
    def create(self, name: str) -> Flow[JSON]:
        """Create a team that you own and return it."""
        return self._ask("POST /core/teams", name=name)

    @operation
    def join(self, token: str) -> Flow[JSON]:
        """Accept an invitation by the token at the end of the link in its mail, and return the team."""
        return self._ask("POST /core/teams/join", token=token)

    @operation
    def rename(self, team_id: str, name: str) -> Flow[JSON]:
        """Change the name of a team and return it."""
        return self._ask("PATCH /core/teams/{team_id}", team_id=team_id, name=name)

    @operation
    def delete(self, team_id: str) -> Flow[None]:
        """Delete a team that has no databases, and its keys."""
        yield from self._call("DELETE /core/teams/{team_id}", team_id=team_id)

    @operation
    def leave(self, team_id: str) -> Flow[None]:
        """Leave a team. Keys that you created for it stop working."""
        yield from self._call("POST /core/teams/{team_id}/leave", team_id=team_id)

    @operation
    def members(self, team_id: str) -> Flow[Records]:
        """Return the members, owners first: `user_id`, `email`, `name` and `role`."""
        return self._records("GET /core/teams/{team_id}/members", team_id=team_id)

    @operation
    def change_member(self, team_id: str, user_id: str, role: str) -> Flow[None]:
        """Change the role of a member: `owner`, `admin`, `editor` or `viewer`."""
        members = {"team_id": team_id, "user_id": user_id, "role": role}
        yield from self._call("PATCH /core/teams/{team_id}/members/{user_id}", **members)

    @operation
    def remove_member(self, team_id: str, user_id: str) -> Flow[None]:
        """Remove a member, whose access and keys of the team end within two seconds."""
        route = "DELETE /core/teams/{team_id}/members/{user_id}"
        yield from self._call(route, team_id=team_id, user_id=user_id)

    @operation
    def invitations(self, team_id: str) -> Flow[Records]:
        """Return the invitations that can be accepted: `id`, `email`, `role`, `invited_by` and `expires_at`."""
        return self._records("GET /core/teams/{team_id}/invitations", team_id=team_id)

    @operation
    def invite(self, team_id: str, email: str, role: str) -> Flow[JSON]:
        """Mail a link to join the team with a role, as in `change_member`."""
        return self._ask("POST /core/teams/{team_id}/invitations", team_id=team_id, email=email, role=role)

    @operation
    def withdraw(self, team_id: str, invitation_id: str) -> Flow[None]:
        """Delete an invitation, whose link then no longer works."""
        route = "DELETE /core/teams/{team_id}/invitations/{invitation_id}"
        yield from self._call(route, team_id=team_id, invitation_id=invitation_id)


class Teams(TeamOperations, SyncResource):
    """Teams."""


class AsyncTeams(TeamOperations, AsyncResource):
    """Teams."""
