"""Map the addresses of the officers' pages about privacy notices."""

from django.urls import path, register_converter

from notices.drafts import edit_views, language_views, views


class PartKind:
    """Match the parts of a draft that have an order."""

    regex = "sections|lines"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PartKind, "part")
DRAFT = "<slug:slug>/<int:number>/draft/"
LANGUAGE = f"{DRAFT}languages/<slug:code>/"

urlpatterns = [
    path("", views.notices, name="staff-notices"),
    path("<slug:slug>/start/", views.start, name="staff-draft-start"),
    path("<slug:slug>/<int:number>/", views.version_page, name="staff-notice-version"),
    path("<slug:slug>/<int:number>/withdraw/", views.withdraw, name="staff-withdraw"),
    path(DRAFT, views.draft, name="staff-draft"),
    path(f"{DRAFT}preview/", views.preview, name="staff-draft-preview"),
    path(f"{DRAFT}publish/", views.publish, name="staff-publish"),
    path(f"{DRAFT}discard/", views.discard, name="staff-draft-discard"),
    path(f"{DRAFT}details/", edit_views.details, name="staff-draft-details"),
    path(f"{DRAFT}young/", edit_views.young, name="staff-draft-young"),
    path(f"{DRAFT}sections/add/", edit_views.add_section, name="staff-draft-section-add"),
    path(f"{DRAFT}sections/<int:section_id>/", edit_views.section, name="staff-draft-section"),
    path(f"{DRAFT}lines/add/", edit_views.add_line, name="staff-draft-line-add"),
    path(f"{DRAFT}lines/<int:line_id>/", edit_views.line, name="staff-draft-line"),
    path(f"{DRAFT}<part:kind>/<int:part_id>/move/", edit_views.move, name="staff-draft-move"),
    path(f"{DRAFT}<part:kind>/<int:part_id>/remove/", edit_views.remove, name="staff-draft-remove"),
    path(
        f"{DRAFT}not-applicable/<slug:element>/",
        edit_views.not_applicable,
        name="staff-draft-not-applicable",
    ),
    path(f"{DRAFT}languages/", language_views.add_language, name="staff-draft-language-add"),
    path(LANGUAGE, language_views.language, name="staff-draft-language"),
    path(f"{LANGUAGE}title/", language_views.title, name="staff-draft-language-title"),
    path(f"{LANGUAGE}words/", language_views.words, name="staff-draft-language-words"),
    path(f"{LANGUAGE}remove/", language_views.remove_language, name="staff-draft-language-remove"),
    path(
        f"{LANGUAGE}<int:section_id>/", language_views.section, name="staff-draft-language-section"
    ),
]
