// Shows the description of the interface. No validator: it would send the address of the service to a foreign host.
const place = document.getElementById("schnittstelle");
SwaggerUIBundle({
  domNode: place,
  url: place.dataset.schema,
  validatorUrl: null,
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
});
