"""A QR code as a picture inside the page: attributes only, no styles, which the page's policy would not let through."""

from markupsafe import Markup


def qr(text: str) -> Markup:
    """Black on white whatever the page's colours are: not every reader knows the other way round."""
    import segno  # noqa: PLC0415 - few ever ask for one

    made = segno.make(text, error="m", micro=False)
    return Markup(made.svg_inline(border=4, dark="#000", light="#fff", omitsize=True))  # noqa: S704 - drawn by segno
