// On the keying screen: pupils appear while their name is typed. Without this there is a button.
const WAIT = 250;

export function findAsYouType(box) {
  const input = box.querySelector("input[name=q]");
  const choices = box.querySelector("[data-find-choices]");
  const button = box.querySelector("[data-find-button]");
  button.hidden = true;
  let timer;
  let asked = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = ++asked;
      const words = input.value.trim();
      if (words.length < 2) {
        choices.replaceChildren();
        return;
      }
      try {
        const answer = await fetch(`${box.dataset.find}?q=${encodeURIComponent(words)}`);
        if (!answer.ok || answer.redirected) throw new Error("not found");
        const part = await answer.text();
        if (mine === asked) choices.innerHTML = part;
      } catch {
        button.hidden = false;
      }
    }, WAIT);
  });
  // Enter in the search box looks for the pupil; it does not save a half-filled form.
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}
