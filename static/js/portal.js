// Every page works without this; it adds the design system's own conveniences.
import { initAll } from "./govuk-frontend.min.js";
import { findAsYouType } from "./find.js";

initAll();
document.querySelectorAll("[data-find]").forEach(findAsYouType);
// Work that goes on is looked at again after so many seconds; there is a link as well.
document.querySelectorAll("[data-again]").forEach((place) => {
  setTimeout(() => window.location.reload(), 1000 * Number(place.dataset.again));
});
