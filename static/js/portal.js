// Every page works without this; it adds the design system's own conveniences.
import { initAll } from "./govuk-frontend.min.js";
import { findAsYouType } from "./find.js";

initAll();
document.querySelectorAll("[data-find]").forEach(findAsYouType);
