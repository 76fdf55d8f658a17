"""Steps of a sign-in that differ from django-allauth's."""

from typing import Any

from allauth.mfa.stages import AuthenticateStage

from privacy_portal.signing_in.single_sign_on import proved_both_steps


class SecondStepStage(AuthenticateStage):
    """Ask for the second step, unless the provider of single sign-on did so a moment ago."""

    def handle(self) -> tuple[Any, bool]:
        if proved_both_steps(self.request, self.login.user):
            return None, True
        answer: tuple[Any, bool] = super().handle()
        return answer
