"""Log entries of what officers do about a disclosure afterwards (L1): questions, answers and sign-off, made
from their rows."""

from privacy_portal.ground.log.appending import Body, body
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.log.vouching import Kind, each
from sharing.models import DisclosureAnswer, DisclosureQuestion, SignOff

SIGNED_OFF, ASKED, ANSWERED = "disclosure-signed-off", "disclosure-question", "disclosure-answer"


def signed_off(sign_off: SignOff) -> Body:
    """Return the entry of a sign-off."""
    about = {"disclosure": sign_off.disclosure_id, "texts": texts_of(sign_off)}
    return body(SIGNED_OFF, at=sign_off.at, by=sign_off.by, **about)


def asked(question: DisclosureQuestion) -> Body:
    """Return the entry of a question; not what it says, which may name somebody (L4)."""
    about = {
        "disclosure": question.disclosure_id,
        "question": question.pk,
        "texts": texts_of(question),
    }
    return body(ASKED, at=question.at, by=question.by, **about)


def answered(answer: DisclosureAnswer) -> Body:
    """Return the entry of an answer."""
    about = {
        "disclosure": answer.question.disclosure_id,
        "question": answer.question_id,
        "texts": texts_of(answer),
    }
    return body(ANSWERED, at=answer.at, by=answer.by, **about)


KINDS = (
    Kind(
        events=(SIGNED_OFF,),
        name="sign-off",
        rows=lambda: SignOff.objects.select_related("by"),
        key="disclosure",
        field="disclosure_id",
        facts=each(signed_off),
        whole=True,
    ),
    Kind(
        events=(ASKED,),
        name="question about a disclosure",
        rows=lambda: DisclosureQuestion.objects.select_related("by"),
        key="question",
        field="pk",
        facts=each(asked),
        whole=True,
    ),
    Kind(
        events=(ANSWERED,),
        name="answer about a disclosure",
        rows=lambda: DisclosureAnswer.objects.select_related("by", "question"),
        key="question",
        field="question_id",
        facts=each(answered),
        whole=True,
    ),
)
