// Lets people enlarge the page with two fingers (WCAG 1.4.4; boot.css leaves the touch to the browser).
//
// Flutter lays the app out for the part of the page that can be seen, so that it fits above a phone's keyboard; while
// the page is enlarged that part is small, and the app would shrink into a corner. So Flutter is told how large the
// part would be without the enlargement.
"use strict";

const seen = window.visualViewport;
const ROUNDED_OFF = 2; // pixels by which a size may differ once it was divided and multiplied

let unscaled = { width: seen.width, height: seen.height };

function sizeUnscaled() {
  const [width, height] = [seen.width * seen.scale, seen.height * seen.scale];
  const isSame = Math.abs(width - unscaled.width) < ROUNDED_OFF && Math.abs(height - unscaled.height) < ROUNDED_OFF;
  if (seen.scale === 1 || !isSame) unscaled = { width, height };
  return unscaled;
}

Object.defineProperty(window, "visualViewport", {
  value: {
    get width() { return sizeUnscaled().width; },
    get height() { return sizeUnscaled().height; },
    get scale() { return seen.scale; },
    get offsetLeft() { return seen.offsetLeft; },
    get offsetTop() { return seen.offsetTop; },
    get pageLeft() { return seen.pageLeft; },
    get pageTop() { return seen.pageTop; },
    addEventListener: (...details) => seen.addEventListener(...details),
    removeEventListener: (...details) => seen.removeEventListener(...details),
    dispatchEvent: (event) => seen.dispatchEvent(event),
  },
});
