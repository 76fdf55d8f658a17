// Passkeys need the browser's help, so their buttons are shown only where this runs. Whoever has none uses
// the code of an app, which needs no script.
const supported =
  window.PublicKeyCredential &&
  PublicKeyCredential.parseCreationOptionsFromJSON &&
  PublicKeyCredential.parseRequestOptionsFromJSON;

async function options(form) {
  if (form.dataset.options) {
    const answer = await fetch(form.dataset.options, { headers: { Accept: "application/json" } });
    return (await answer.json()).request_options.publicKey;
  }
  const data = JSON.parse(document.getElementById("passkey-options").textContent);
  return (data.creation_options || data.request_options).publicKey;
}

async function credential(form) {
  const publicKey = await options(form);
  if (form.dataset.passkey === "create") {
    const selection = publicKey.authenticatorSelection;
    selection.residentKey = "required";
    selection.requireResidentKey = true;
    selection.userVerification = "required";
    return navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey),
    });
  }
  return navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey),
  });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!supported) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    const problem = form.querySelector("[data-problem]");
    problem.hidden = true;
    try {
      form.elements.credential.value = JSON.stringify((await credential(form)).toJSON());
      form.submit();
    } catch {
      problem.hidden = false;
      problem.focus();
    }
  });
}
