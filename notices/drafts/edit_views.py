"""Let officers change one part of a draft at a time, without overwriting another's change."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from notices import queries
from notices.drafts import drafting, tokens
from notices.drafts.forms import (
    DetailsForm,
    EditForm,
    LineForm,
    NotApplicableForm,
    SectionForm,
    YoungForm,
)
from notices.drafts.surroundings import schemes
from notices.drafts.views import editing, page_about, tell_outcome, version_at
from notices.errors import DraftChangedError
from notices.models import NamedRecipient, NoticeVersion, VersionStatus
from notices.rules import ELEMENT_SENTENCES, element_of
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to
from privacy_portal.ground.ui.form_arguments import Cleaned
from privacy_portal.ground.ui.methods import FORM_METHODS


@require_http_methods(FORM_METHODS)
@open_to(change=Action.EDIT_NOTICES)
def details(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Change the date and the summary."""
    draft = draft_at(slug, number)
    form = DetailsForm(
        request.POST or None,
        initial={
            "effective_from": draft.effective_from,
            "summary": draft.summary,
            "seen": tokens.details_token(draft),
        },
    )

    def save(seen: str) -> None:
        drafting.change_details(
            draft.pk,
            effective_from=form.cleaned_data["effective_from"],
            summary=form.cleaned_data["summary"],
            seen=seen,
            editing=editing(request),
        )

    return edit_page(request, draft, form, "Date and summary", save, now=_details_now)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.EDIT_NOTICES)
def young(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Change the short version for young people."""
    draft = draft_at(slug, number)
    seen = tokens.young_summary_token(draft)
    form = YoungForm(request.POST or None, initial={"text": draft.young_summary, "seen": seen})

    def save(seen: str) -> None:
        text = form.cleaned_data["text"].replace("\r\n", "\n")
        drafting.change_young_summary(draft.pk, text=text, seen=seen, editing=editing(request))

    title = "Short version for young people"
    return edit_page(request, draft, form, title, save, now=_young_now)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.EDIT_NOTICES)
def add_section(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Add a section at the end."""
    draft = draft_at(slug, number)
    initial = {name: request.GET.get(name, "") for name in ("element", "scheme")}
    form = SectionForm(request.POST or None, initial=initial, schemes=schemes())

    def save(seen: str) -> None:
        drafting.add_section(draft.pk, words=form.words(), editing=editing(request))

    return edit_page(request, draft, form, "Add a section", save)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.EDIT_NOTICES)
def section(request: HttpRequest, slug: str, number: int, section_id: int) -> HttpResponseBase:
    """Change the words of a section."""
    draft = draft_at(slug, number)
    initial: Cleaned = {}
    if request.method != "POST":  # what was typed is kept, also if the section is gone
        part = get_object_or_404(draft.sections, pk=section_id)
        initial = {
            "element": part.element,
            "scheme": part.scheme,
            "heading": part.heading,
            "body": part.body,
            "seen": tokens.section_token(part),
        }
    form = SectionForm(request.POST or None, initial=initial, schemes=schemes())

    def save(seen: str) -> None:
        drafting.change_section(
            draft.pk, section_id, words=form.words(), seen=seen, editing=editing(request)
        )

    def now(draft: NoticeVersion) -> tuple[str, str]:
        current = draft.sections.filter(pk=section_id).first()
        if current is None:
            return "", "This section was removed."
        return tokens.section_token(current), f"{current.heading}\n\n{current.body}"

    return edit_page(request, draft, form, "Edit a section", save, now=now)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.EDIT_NOTICES)
def add_line(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Add an organisation at the end."""
    draft = draft_at(slug, number)
    form = _line_form(request, draft, {})

    def save(seen: str) -> None:
        drafting.add_line(draft.pk, words=form.words(), editing=editing(request))

    return edit_page(request, draft, form, "Add an organisation", save)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.EDIT_NOTICES)
def line(request: HttpRequest, slug: str, number: int, line_id: int) -> HttpResponseBase:
    """Change what is shared with an organisation, and why."""
    draft = draft_at(slug, number)
    initial: Cleaned = {}
    if request.method != "POST":
        part = get_object_or_404(queries.table_of(draft), pk=line_id)
        initial = {
            "recipient": part.recipient.code,
            "purposes": [named.purpose.code for named in part.purposes.all()],
            "items": [named.item.code for named in part.items.all()],
            "legal_duty": part.legal_duty,
            "seen": tokens.line_token(part),
        }
    form = _line_form(request, draft, initial)

    def save(seen: str) -> None:
        drafting.change_line(
            draft.pk, line_id, words=form.words(), seen=seen, editing=editing(request)
        )

    def now(draft: NoticeVersion) -> tuple[str, str]:
        current = queries.table_of(draft).filter(pk=line_id).first()
        if current is None:
            return "", "This organisation was removed."
        return tokens.line_token(current), _in_words(current)

    return edit_page(request, draft, form, "Edit an organisation", save, now=now)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.EDIT_NOTICES)
def not_applicable(request: HttpRequest, slug: str, number: int, element: str) -> HttpResponseBase:
    """Mark an element of the law's list as not applicable, with the reason."""
    draft = draft_at(slug, number)
    required = element_of(element)
    if required is None:
        raise Http404
    mark = draft.not_applicable.filter(element=element).first()
    form = NotApplicableForm(request.POST or None, initial={"reason": mark.reason if mark else ""})

    def save(seen: str) -> None:
        reason = form.cleaned_data["reason"]
        drafting.mark_not_applicable(
            draft.pk, element=element, reason=reason, editing=editing(request)
        )

    return edit_page(request, draft, form, ELEMENT_SENTENCES[required], save)


@require_POST
@open_to(change=Action.EDIT_NOTICES)
def move(request: HttpRequest, slug: str, number: int, kind: str, part_id: int) -> HttpResponseBase:
    """Move a part one place up or down, in the order that was on the page."""
    verb = drafting.move_section if kind == "sections" else drafting.move_line
    draft = draft_at(slug, number)
    up, seen = request.POST.get("to") == "up", request.POST.get("seen", "")
    change = partial(verb, draft.pk, part_id, up=up, seen=seen, editing=editing(request))
    tell_outcome(request, change, "Order saved")
    return redirect("staff-draft", slug, number)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.EDIT_NOTICES)
def remove(
    request: HttpRequest, slug: str, number: int, kind: str, part_id: int
) -> HttpResponseBase:
    """Remove a section or an organisation, once that is confirmed."""
    draft = draft_at(slug, number)
    if kind == "sections":
        section = get_object_or_404(draft.sections, pk=part_id)
        seen, name = tokens.section_token(section), section.heading
    else:
        line = get_object_or_404(queries.table_of(draft), pk=part_id)
        seen, name = tokens.line_token(line), line.recipient.name
    if request.method != "POST":
        return page_about(request, "remove", draft, name=name, seen=seen)
    verb = drafting.remove_section if kind == "sections" else drafting.remove_line
    seen = request.POST.get("seen", "")
    change = partial(verb, draft.pk, part_id, seen=seen, editing=editing(request))
    tell_outcome(request, change, f"“{name}” removed")
    return redirect("staff-draft", slug, number)


Now = Callable[[NoticeVersion], tuple[str, str]]


def edit_page(
    request: HttpRequest,
    draft: NoticeVersion,
    form: EditForm,
    title: str,
    save: Callable[[str], None],
    *,
    now: Now | None = None,
    english: str = "",
) -> HttpResponseBase:
    """Show, preview or save a form; on a conflict show it again beside the current text.

    `now` gives the current token and text of the part; `english` is the text to translate.
    """
    context: dict[str, object] = {"form": form, "heading": title, "english": english}
    if request.method == "POST" and "preview" in request.POST and form.markdown:
        form.errors.clear()
        context["preview"] = request.POST.get(form.markdown, "")
    elif request.method == "POST" and form.is_valid():
        try:
            save(form.cleaned_data.get("seen", ""))
        except DraftChangedError as error:
            context["conflict"] = str(error)
            if now:
                seen, text = now(draft)
                context["now"] = text
                data = request.POST.copy()
                data["seen"] = seen
                form.data = data
        else:
            messages.success(request, "Changes saved")
            place = [draft.notice.slug, draft.number]
            if form.in_language:
                return redirect("staff-draft-language", *place, form.in_language["lang"])
            return redirect("staff-draft", *place)
    status = 409 if "conflict" in context else 422 if form.errors else 200
    return page_about(request, "edit", draft, status, **context)


def draft_at(slug: str, number: int) -> NoticeVersion:
    """Return the draft at this address. Raises Http404 where there is none."""
    version = version_at(slug, number)
    if version.status != VersionStatus.DRAFT:
        raise Http404
    return version


def _line_form(request: HttpRequest, draft: NoticeVersion, initial: Cleaned) -> LineForm:
    audience = draft.notice.audience
    return LineForm(
        request.POST or None,
        initial=initial,
        recipients=list(queries.recipients()),
        purposes=list(queries.purposes_for(audience)),
        items=list(queries.items_for(audience)),
    )


def _details_now(draft: NoticeVersion) -> tuple[str, str]:
    with suppress(NoticeVersion.DoesNotExist):  # it may have been deleted
        draft.refresh_from_db()
    return tokens.details_token(draft), draft.summary


def _young_now(draft: NoticeVersion) -> tuple[str, str]:
    with suppress(NoticeVersion.DoesNotExist):
        draft.refresh_from_db()
    return tokens.young_summary_token(draft), draft.young_summary


def _in_words(line: NamedRecipient) -> str:
    purposes = "; ".join(named.purpose.label for named in line.purposes.all())
    items = ", ".join(named.item.label for named in line.items.all())
    return f"{line.recipient.name}\n\nPurpose: {purposes}\n\nWhat we can share: {items}"
