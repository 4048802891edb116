// Keeps a field that is being typed into listening.
//
// Flutter moves a field's element when what lies around it changes: the network comes back, letters grow. The browser
// takes the focus from an element that is moved; Flutter then stops listening to the field, yet may believe that it
// still has the focus, and tapping it again changes nothing. So when a field gets the focus and Flutter does not
// listen to it, the page lets go of the focus, which Flutter notices, and gives it back once Flutter has painted.
"use strict";

const FIELD = "flt-semantics input, flt-semantics textarea";
const FRAMES_TO_LISTEN = 3;
const listened = new WeakSet();
let givenBack = null; // tried once for each time a person comes to the field

for (const { prototype } of [HTMLInputElement, HTMLTextAreaElement]) {
  const { addEventListener, removeEventListener } = prototype;
  prototype.addEventListener = function (kind, ...details) {
    if (kind === "input") listened.add(this);
    addEventListener.call(this, kind, ...details);
  };
  prototype.removeEventListener = function (kind, ...details) {
    if (kind === "input") listened.delete(this);
    removeEventListener.call(this, kind, ...details);
  };
}

document.addEventListener("focusin", ({ target }) => {
  if (target.matches(FIELD) && target !== givenBack) afterFrames(FRAMES_TO_LISTEN, () => isDeaf(target) && wake(target));
});

function isDeaf(field) {
  return document.activeElement === field && !listened.has(field);
}

function wake(field) {
  field.blur();
  afterFrames(FRAMES_TO_LISTEN, () => giveBack(field));
}

// Flutter marks all that a field holds when it gets the focus: the next key would replace what was typed before.
function giveBack(field) {
  const end = field.value.length;
  field.addEventListener("select", () => field.setSelectionRange(end, end), { once: true });
  givenBack = field;
  field.focus({ preventScroll: true });
  givenBack = null;
}

function afterFrames(count, go) {
  requestAnimationFrame(() => (count > 1 ? afterFrames(count - 1, go) : go()));
}
