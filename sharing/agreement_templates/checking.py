"""What the templates of a policy file must hold beyond their shape."""

from collections.abc import Collection, Sequence

from privacy_portal.ground.faults import FaultList
from privacy_portal.ground.files.documents import References
from sharing.agreement_templates.part import TemplatePart, TemplateTextPart
from sharing.agreement_templates.rules import OF_THE_AGREEMENT, faults_in, variables_in
from sharing.agreements.part import TemplateUsePart


class TemplateChecker:
    """Adds a fault, with its place, for each error in templates and in references to them."""

    def __init__(self, faults: FaultList, *, purposes: Collection[str], items: Collection[str]):
        self.faults = faults
        self.references = References(faults)
        self.purposes, self.items = purposes, items

    def template(self, template: TemplatePart, place: str) -> None:
        """Check what a template says, and what it said earlier."""
        self._text(template.text(), place)
        for index, earlier in enumerate(template.earlier):
            self._text(earlier, f"{place}.earlier[{index}]")

    def _text(self, text: TemplateTextPart, place: str) -> None:
        own = [variable.name for variable in text.variables]
        for index, name in enumerate(own):
            at = f"{place}.variables[{index}].name"
            if name in OF_THE_AGREEMENT:
                self.faults.add(f"{at}: {name!r} is filled in from the agreement; use another name")
            if name in own[:index]:
                self.faults.add(f"{at}: the variable {name!r} is also at [{own.index(name)}]")
        texts = text.terms.texts()
        for term, words in texts.items():
            for fault in faults_in(words, {*OF_THE_AGREEMENT, *own}):
                self.faults.add(f"{place}.terms.{term}: {fault}")
        for name in sorted(set(own) - variables_in(texts.values())):
            at = f"{place}.variables[{own.index(name)}]"
            self.faults.add(f"{at}: no text has the variable {{{name}}}")
        for key, kind, among in (
            ("purposes", "purpose", self.purposes),
            ("items", "item", self.items),
        ):
            codes: Sequence[str] = getattr(text.terms, key)
            for index, code in enumerate(codes):
                at = f"{place}.terms.{key}[{index}]"
                self.references.check(code, among, kind=kind, place=at)
                if code in codes[:index]:
                    self.faults.add(f"{at}: the {kind} {code!r} is also at [{codes.index(code)}]")

    def use(self, use: TemplateUsePart, templates: Sequence[TemplatePart], place: str) -> None:
        """Check what an agreement says of the template that it was made from."""
        by_code = {template.code: template for template in templates}
        if not self.references.check(use.code, by_code, kind="template", place=f"{place}.code"):
            return
        template = by_code[use.code]
        texts = {text.digest(): text for text in (*template.earlier, template.text())}
        if use.digest not in texts:
            self.faults.add(
                f"{place}.digest: the template {use.code!r} has no text with this digest"
            )
            return
        own = {variable.name for variable in texts[use.digest].variables}
        for name in sorted(use.values.keys() - own):
            self.faults.add(f"{place}.values: the template has no variable {name!r}")
        for name in sorted(own - use.values.keys()):
            self.faults.add(f"{place}.values.{name}: is missing")
