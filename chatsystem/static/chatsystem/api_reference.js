// Shows the API's reference by Swagger UI. A file of its own: the page's policy allows no script inside it.
"use strict";

const place = document.getElementById("reference");
SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  tryItOutEnabled: false,
  validatorUrl: null, // never send our document to anybody
});
