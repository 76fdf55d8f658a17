// Every page works without this; it adds the design system's own conveniences.
import { initAll } from "./govuk-frontend.min.js";

initAll();
