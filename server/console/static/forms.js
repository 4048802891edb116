// Forms: nothing is sent twice, typing keeps whoever types logged in, and what was typed outlives a log-in that ended.
"use strict";

{
  // A second click before the answer comes sends nothing twice; a form that leads to a file can be sent again soon.
  const AGAIN_AFTER = 3000;
  // For so long after a look at the log-in a form goes without another; typing tells of itself no more often than that.
  const SURE = 60 * 1000, TOLD = 240 * 1000;
  // Where a server takes longer to say who is here, the form goes as it is.
  const PATIENCE = 5000;
  const ended = document.querySelector("[data-ended]");
  let lookedAt = Date.now(), toldAt = Date.now();

  /** Who is logged in here now, with the token of their forms; null for nobody, undefined when nothing answers. */
  async function whoIsHere() {
    try {
      const answer = await fetch("/console/keys", {
        headers: { Accept: "text/html" }, cache: "no-store", signal: AbortSignal.timeout(PATIENCE),
      });
      if (answer.status >= 500) return undefined;
      if (!answer.ok || answer.redirected) return null;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return {
        account: page.querySelector("[data-account]").dataset.account,
        csrf: page.querySelector("[data-account] input[name=csrf]").value,
      };
    } catch {
      return undefined;
    }
  }

  /** Somebody is at work on this page: the log-in lasts as long again. Whether it does; nothing is lost either way. */
  async function stay() {
    toldAt = Date.now();
    const here = await whoIsHere();
    if (here === undefined) return;
    if (isOurs(here)) return stayLoggedIn();
    const form = document.activeElement.closest("form") ?? document.querySelector("main form[method=post]");
    if (form) tell(here, form);
    else location.reload(); // nothing was typed here, and the log-in takes the place of the page
  }

  function isOurs(here) {
    return here && here.account === document.querySelector("[data-account]").dataset.account;
  }

  /**
   * Nothing was sent, and it is still in the form: said beside the button, which it must not cover. A password is not:
   * whoever comes next to a shared computer could have it shown.
   */
  function tell(here, form, button) {
    for (const input of document.querySelectorAll("main input[autocomplete$=-password]")) input.value = "";
    (button ?? form.querySelector("button:not([type=button])") ?? form.lastElementChild).before(ended);
    ended.querySelector("[data-nobody]").hidden = Boolean(here);
    ended.querySelector("[data-somebody-else]").hidden = !here;
    ended.hidden = false;
  }

  /** Send the form if the log-in lasts, or there is a new one of the same person; else say so and keep what was typed. */
  async function sendIfStillHere(form, button) {
    const here = await whoIsHere();
    delete form.dataset.asking;
    if (here !== undefined && !isOurs(here)) return tell(here, form, button);
    if (here) for (const token of document.querySelectorAll("input[name=csrf]")) token.value = here.csrf;
    lookedAt = Date.now();
    ended.hidden = true;
    form.requestSubmit(button);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (ended && form.closest("main") && Date.now() - lookedAt > SURE) {
      event.preventDefault();
      if (form.dataset.asking) return;
      form.dataset.asking = "1";
      sendIfStillHere(form, event.submitter);
      return;
    }
    if ("reads" in form.dataset) return; // what changes nothing may be asked for at any time
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, AGAIN_AFTER);
  });

  document.addEventListener("input", (event) => {
    if (ended && event.target.closest("main form[method=post]") && Date.now() - toldAt > TOLD) stay();
  });

  // To stay takes no page away: loaded anew, it would be empty.
  document.querySelector("[data-idle-seconds] a")?.addEventListener("click", (event) => {
    event.preventDefault();
    stay();
  });
}
