"use strict";

// Put in by the gateway: [{name, url}], all services together first.
const documents = DOCUMENTS;
const asked = location.pathname.split("/")[2];
const first = documents.find(({ name }) => name === asked) ?? documents[0];

// In the place of a logo that brings a style of its own, which the page's policy refuses.
const home = ({ React }) => ({ components: { Logo: () => React.createElement("span", { className: "home" }, "Boxoffice") } });

window.ui = SwaggerUIBundle({
  dom_id: "#documentation",
  urls: documents,
  "urls.primaryName": first.name,
  layout: "StandaloneLayout",
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  plugins: [home],
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: 0,
  // A token is gone with the page: it is written nowhere.
  persistAuthorization: false,
  // Left alone, the page asks a server on the internet what it thinks of the document.
  validatorUrl: "none",
});
