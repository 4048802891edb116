"""What WCAG 2.2 AA asks of a page, as far as a program can tell: controls, names, states, targets, reflow, axe-core.

Flutter draws on a canvas; what a screen reader, a keyboard and this check see is its semantics tree in the page.
"""

from io import BytesIO

from axe_playwright_python.base import AXE_SCRIPT
from PIL import Image
from playwright.sync_api import Page

TARGET, APART = 48, 8
LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
#: Rules of axe-core that cannot tell anything about a page drawn on a canvas, each with its reason.
NOT_FOR_A_CANVAS = {
    "color-contrast": "the text in the tree is transparent, what is seen is on the canvas; palettes have a test",
}
#: Rules that judge the page around the app where a test runs the app without our own shell.
NOT_WITHOUT_THE_SHELL = {"meta-viewport": "Flutter forbids pinch zoom; our shell allows it again, and that is tested"}
#: The strip inside the right edge of a page in which nothing may be drawn: where it begins, and how wide it is.
FROM_THE_RIGHT, STRIP = 18, 8
LOOKS = 60

FAULTS = """([target, apart]) => {
  const host = document.querySelector('flt-semantics-host');
  const roots = host ? [host] : document.querySelectorAll('dialog[open], #starting, main');
  const all = [...roots].flatMap(root => [...root.querySelectorAll('*')]);
  const FIELDS = 'input, textarea, select, button, a[href], summary';
  const CONTROLS = ['button', 'checkbox', 'radio', 'switch', 'link', 'tab', 'slider', 'textbox', 'menuitem', 'option'];
  const NEEDS = {checkbox: 'aria-checked', radio: 'aria-checked', switch: 'aria-checked', tab: 'aria-selected',
                 slider: 'aria-valuenow', option: 'aria-selected'};
  const isControl = node => node.hasAttribute('flt-tappable') || node.matches(FIELDS)
    || CONTROLS.includes(node.getAttribute('role'));
  const named = id => document.getElementById(id)?.textContent ?? '';
  const nameOf = node => (node.getAttribute('aria-label')
    ?? node.getAttribute('aria-labelledby')?.split(' ').map(named).join(' ') ?? node.innerText ?? '').trim();
  const faults = [];
  const controls = all.filter(isControl).filter(node => node.getBoundingClientRect().width > 0).map(node => ({
    node, name: nameOf(node), role: node.getAttribute('role') ?? (node.matches(FIELDS) ? node.localName : ''),
    box: node.getBoundingClientRect(),
  }));
  const words = one => `${one.role || one.node.localName} "${one.name}"`;
  const size = box => `${Math.round(box.width)} x ${Math.round(box.height)}`;
  for (const one of controls) {
    if (!one.role) faults.push(`${words(one)} can be tapped and has no role`);
    if (!one.name) faults.push(`${words(one)} at ${Math.round(one.box.x)},${Math.round(one.box.y)} has no name`);
    const state = NEEDS[one.role];
    if (state && !one.node.hasAttribute(state)) faults.push(`${words(one)} does not say ${state}`);
    const idle = one.role === 'button' && host && !one.node.hasAttribute('flt-tappable');
    if (idle && one.node.ariaDisabled !== 'true') faults.push(`${words(one)} cannot be tapped, but is not disabled`);
    if (one.box.width < target - 0.5 || one.box.height < target - 0.5)
      faults.push(`${words(one)} is only ${size(one.box)}`);
  }
  const gap = (a, b) => Math.max(a.left - b.right, b.left - a.right, a.top - b.bottom, b.top - a.bottom);
  controls.forEach((one, at) => controls.slice(at + 1).forEach(other => {
    const between = gap(one.box, other.box);
    if (between < -1) faults.push(`${words(one)} and ${words(other)} overlap`);
    else if (between < apart - 0.5) faults.push(`${words(one)} and ${words(other)} are not apart`);
  }));
  controls.slice(1).forEach((one, at) => {
    const before = controls[at];
    const above = one.box.bottom <= before.box.top + 1;
    const left = one.box.right <= before.box.left + 1 && one.box.top < before.box.bottom - 1;
    if (above || left) faults.push(`${words(one)} comes after ${words(before)}, which stands after it`);
  });
  return faults;
}"""

OUTSIDE = """() => {
  const wide = document.documentElement.clientWidth;
  return [...document.querySelectorAll('flt-semantics-host *, dialog[open] *, #starting *')].filter(node => {
    const box = node.getBoundingClientRect();
    return box.width > 0 && (box.left < -1 || box.right > wide + 1);
  }).map(node => `${node.localName} "${node.ariaLabel ?? node.innerText}" stands out of the window`)
    .concat(document.documentElement.scrollWidth > wide ? ['the page scrolls sideways'] : []);
}"""

#: The words of the tree that stand at a height.
BESIDE = """([top, bottom]) => [...document.querySelectorAll('flt-semantics-host *')].filter(node => {
  const box = node.getBoundingClientRect();
  return !node.childElementCount && box.top <= bottom && box.bottom >= top;
}).map(node => node.ariaLabel ?? node.innerText)"""


def faults_of_controls(page: Page) -> list[str]:
    """What is wrong with what can be tapped; empty where nothing is."""
    return list(page.evaluate(FAULTS, [TARGET, APART]))


def faults_by_axe(page: Page, without: dict[str, str]) -> list[str]:
    """What axe-core finds, but for the rules named."""
    rules = {rule: {"enabled": False} for rule in without}
    options = {"runOnly": {"type": "tag", "values": list(LEVELS)}, "rules": rules, "resultTypes": ["violations"]}
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def assert_accessible(page: Page, where: str, without: dict[str, str] | None = None) -> None:
    """Every control has role, name, state and room; axe-core agrees. `without`: rules of axe, each with its reason."""
    faults = [*faults_of_controls(page), *faults_by_axe(page, {**NOT_FOR_A_CANVAS, **(without or {})})]
    assert not faults, f"{where}: " + "; ".join(faults)


def assert_fits(page: Page, where: str, sign: bytes | None = None) -> None:
    """Nothing is cut off sideways: no node stands out, and nothing is drawn into the margin (WCAG 1.4.10).

    `sign`: the colour that the foot of the margin has once the canvas shows what the tree says.
    """
    faults = [*page.evaluate(OUTSIDE), *_left_in_margin(page, sign)]
    assert not faults, f"{where}: " + "; ".join(faults)


def _left_in_margin(page: Page, sign: bytes | None) -> list[str]:
    """The canvas is painted later than the tree: what is still there after many looks and a new frame is a fault."""
    faults = ["the canvas is not painted"]
    for look in range(LOOKS):
        if look == LOOKS // 2:
            page.evaluate("dispatchEvent(new Event('resize'))")
        lines = _margin(page)
        if sign is None or lines[-1][0] == sign:
            faults = _drawn_into(page, lines)
        if not faults:
            break
    return faults


def _drawn_into(page: Page, lines: list[list[bytes]]) -> list[str]:
    """Lines of the margin that are not of one colour; a banner over the whole width is."""
    broken = [y for y, line in enumerate(lines) if len(set(line)) > 1]
    if not broken:
        return []
    near = page.evaluate(BESIDE, [broken[0], broken[-1]])
    where = f"y={broken[0]} to y={broken[-1]} of {len(lines)}"
    return [f"something is drawn into the right margin from {where}, beside {near}"]


def _margin(page: Page) -> list[list[bytes]]:
    size = page.viewport_size
    assert size is not None, "a test's window has a size"
    left = size["width"] - FROM_THE_RIGHT
    return lines_of_png(page.screenshot(clip={"x": left, "y": 0, "width": STRIP, "height": size["height"]}))


def lines_of_png(data: bytes) -> list[list[bytes]]:
    """The colours of a picture, line by line, three bytes each."""
    picture = Image.open(BytesIO(data)).convert("RGB")
    colours, wide = picture.tobytes(), picture.width * 3
    lines = (colours[start : start + wide] for start in range(0, len(colours), wide))
    return [[line[at : at + 3] for at in range(0, wide, 3)] for line in lines]
