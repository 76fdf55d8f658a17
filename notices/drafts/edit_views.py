"""Officers' pages that change one part of a draft each; nothing is ever overwritten unseen."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages
from django.db.models import Model
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from notices import queries
from notices.drafts import drafting, tokens
from notices.drafts.forms import (
    DetailsForm,
    LineForm,
    NotApplicableForm,
    SectionForm,
    YoungForm,
)
from notices.drafts.surroundings import schemes
from notices.drafts.views import editing, found_version
from notices.errors import DraftChangedError
from notices.models import NamedRecipient, NoticeVersion, VersionStatus
from notices.rules import ELEMENT_SENTENCES, element_of
from privacy_portal.ground.accounts.permissions import notice_editors_only
from privacy_portal.ground.ui.form_arguments import Cleaned

Part = TypeVar("Part", bound=Model)
FORM_METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(FORM_METHODS)
@notice_editors_only
def details(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """The day and the summary of what changed."""
    draft = found_draft(slug, number)
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

    return edit_page(request, draft, form, "Day and summary", save, now=_details_now)


@require_http_methods(FORM_METHODS)
@notice_editors_only
def young(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """The summary for young people."""
    draft = found_draft(slug, number)
    seen = tokens.young_summary_token(draft)
    form = YoungForm(request.POST or None, initial={"text": draft.young_summary, "seen": seen})

    def save(seen: str) -> None:
        text = form.cleaned_data["text"].replace("\r\n", "\n")
        drafting.change_young_summary(draft.pk, text=text, seen=seen, editing=editing(request))

    return edit_page(
        request, draft, form, "Summary for young people", save, now=_young_now, words="text"
    )


@require_http_methods(FORM_METHODS)
@notice_editors_only
def add_section(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """A new section, at the end."""
    draft = found_draft(slug, number)
    initial = {name: request.GET.get(name, "") for name in ("element", "scheme")}
    form = SectionForm(request.POST or None, initial=initial, schemes=schemes.ask())

    def save(seen: str) -> None:
        drafting.add_section(draft.pk, words=form.words(), editing=editing(request))

    return edit_page(request, draft, form, "Add a section", save, words="body")


@require_http_methods(FORM_METHODS)
@notice_editors_only
def section(request: HttpRequest, slug: str, number: int, section_id: int) -> HttpResponseBase:
    """The words of a section."""
    draft = found_draft(slug, number)
    found = _part(draft.sections.filter(pk=section_id).first())
    initial = {
        "element": found.element,
        "scheme": found.scheme,
        "heading": found.heading,
        "body": found.body,
        "seen": tokens.section_token(found),
    }
    form = SectionForm(request.POST or None, initial=initial, schemes=schemes.ask())

    def save(seen: str) -> None:
        drafting.change_section(
            draft.pk, section_id, words=form.words(), seen=seen, editing=editing(request)
        )

    def now(draft: NoticeVersion) -> tuple[str, str]:
        current = draft.sections.filter(pk=section_id).first()
        if current is None:
            return "", "This section was removed."
        return tokens.section_token(current), f"{current.heading}\n\n{current.body}"

    return edit_page(request, draft, form, "Edit a section", save, now=now, words="body")


@require_http_methods(FORM_METHODS)
@notice_editors_only
def add_line(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """A new line of who gets what, at the end."""
    draft = found_draft(slug, number)
    form = _line_form(request, draft, {})

    def save(seen: str) -> None:
        drafting.add_line(draft.pk, words=form.words(), editing=editing(request))

    return edit_page(request, draft, form, "Add an organisation", save)


@require_http_methods(FORM_METHODS)
@notice_editors_only
def line(request: HttpRequest, slug: str, number: int, line_id: int) -> HttpResponseBase:
    """Who gets what for what in one line."""
    draft = found_draft(slug, number)
    found = _part(queries.table_of(draft).filter(pk=line_id).first())
    initial = {
        "recipient": found.recipient.code,
        "purposes": [each.purpose.code for each in found.purposes.all()],
        "items": [each.item.code for each in found.items.all()],
        "legal_duty": found.legal_duty,
        "seen": tokens.line_token(found),
    }
    form = _line_form(request, draft, initial)

    def save(seen: str) -> None:
        drafting.change_line(
            draft.pk, line_id, words=form.words(), seen=seen, editing=editing(request)
        )

    def now(draft: NoticeVersion) -> tuple[str, str]:
        current = queries.table_of(draft).filter(pk=line_id).first()
        if current is None:
            return "", "This line was removed."
        return tokens.line_token(current), _in_words(current)

    return edit_page(request, draft, form, "Edit who gets what", save, now=now)


@require_http_methods(FORM_METHODS)
@notice_editors_only
def not_applicable(request: HttpRequest, slug: str, number: int, element: str) -> HttpResponseBase:
    """Marks an element of the law's list as not applicable, with the reason."""
    draft = found_draft(slug, number)
    known = element_of(element)
    if known is None:
        raise Http404
    marked = draft.not_applicable.filter(element=element).first()
    form = NotApplicableForm(
        request.POST or None, initial={"reason": marked.reason if marked else ""}
    )

    def save(seen: str) -> None:
        reason = form.cleaned_data["reason"]
        drafting.mark_not_applicable(
            draft.pk, element=element, reason=reason, editing=editing(request)
        )

    return edit_page(request, draft, form, ELEMENT_SENTENCES[known], save)


@require_POST
@notice_editors_only
def move(request: HttpRequest, slug: str, number: int, kind: str, part_id: int) -> HttpResponseBase:
    """One place up or down, in the order that was on the page."""
    verb = drafting.move_section if kind == "sections" else drafting.move_line
    up = request.POST.get("to") == "up"
    seen = request.POST.get("seen", "")
    draft = found_draft(slug, number)
    return _done(
        request,
        draft,
        lambda: verb(draft.pk, part_id, up=up, seen=seen, editing=editing(request)),
        "Moved.",
    )


@require_http_methods(FORM_METHODS)
@notice_editors_only
def remove(
    request: HttpRequest, slug: str, number: int, kind: str, part_id: int
) -> HttpResponseBase:
    """Takes a section or a line out, once that is confirmed."""
    draft = found_draft(slug, number)
    if kind == "sections":
        section = _part(draft.sections.filter(pk=part_id).first())
        seen, name = tokens.section_token(section), section.heading
    else:
        line = _part(queries.table_of(draft).filter(pk=part_id).first())
        seen, name = tokens.line_token(line), line.recipient.name
    if request.method != "POST":
        context = {"section": "notices-desk", "version": draft, "name": name, "seen": seen}
        return render(request, "notices/drafts/remove.html", context)
    verb = drafting.remove_section if kind == "sections" else drafting.remove_line
    shown = request.POST.get("seen", "")
    return _done(
        request,
        draft,
        lambda: verb(draft.pk, part_id, seen=shown, editing=editing(request)),
        f"“{name}” is removed.",
    )


def _done(
    request: HttpRequest, draft: NoticeVersion, verb: Callable[[], None], told: str
) -> HttpResponseBase:
    try:
        verb()
    except DraftChangedError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, told)
    return redirect("staff-draft", draft.notice.slug, draft.number)


Now = Callable[[NoticeVersion], tuple[str, str]]


def edit_page(
    request: HttpRequest,
    draft: NoticeVersion,
    form: Form,
    title: str,
    save: Callable[[str], None],
    *,
    now: Now | None = None,
    words: str | None = None,
    english: str = "",
    after: tuple[str | int, ...] = (),
) -> HttpResponseBase:
    """One form: shown, previewed, or saved; on a conflict shown again beside what it says now.

    `now` gives the present token and text of the part; `words` names the field in Markdown;
    `english` is what is translated; `after` is where one goes once it is saved.
    """
    context: dict[str, object] = {
        "section": "notices-desk",
        "version": draft,
        "form": form,
        "heading": title,
        "words": words,
        "english": english,
    }
    if request.method == "POST" and "preview" in request.POST and words:
        form.errors.clear()
        context["preview"] = request.POST.get(words, "")
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
            messages.success(request, "Saved.")
            where = after or ("staff-draft", draft.notice.slug, draft.number)
            return redirect(*where)  # type: ignore[arg-type] # a view's name and its arguments
    status = 409 if "conflict" in context else 422 if form.errors else 200
    return render(request, "notices/drafts/edit.html", context, status=status)


def found_draft(slug: str, number: int) -> NoticeVersion:
    """The draft at this address; 404 for what is no draft (any more)."""
    version = found_version(slug, number)
    if version.status != VersionStatus.DRAFT:
        raise Http404
    return version


def _part(found: Part | None) -> Part:
    if found is None:
        raise Http404
    return found


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
    draft.refresh_from_db()
    return tokens.details_token(draft), draft.summary


def _young_now(draft: NoticeVersion) -> tuple[str, str]:
    draft.refresh_from_db()
    return tokens.young_summary_token(draft), draft.young_summary


def _in_words(line: NamedRecipient) -> str:
    purposes = "; ".join(each.purpose.label for each in line.purposes.all())
    items = ", ".join(each.item.label for each in line.items.all())
    return f"{line.recipient.name}\n\nWhat for: {purposes}\n\nWhat it can get: {items}"
