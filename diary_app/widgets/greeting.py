"""What somebody without a diary reads first; the app's screen and the page before it say the same (message ids)."""

TITLE = "Welcome to your diary"
WHAT_IT_IS = (
    "Each evening you answer a few short questions about your mouth. It takes about 45 seconds.",
    "Your study nurse has given you a code. It is in your letter.",
)
CODE = "Your code"
NOBODY_READS = "Nobody reads your answers straight away. Ill or worried: call your department. Emergency: 112."
INSTALL_WHY = "On the home screen the diary is easy to find and stays safe on this phone."
INSTALL = "Put the diary on your home screen"
BEGIN = "Begin"
MOMENT = "Just a moment …"
