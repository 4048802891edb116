"""What somebody without a diary reads first; the app's screen and the page before it say the same (message ids)."""

TITLE = "Welcome to your diary"
WHAT_IT_IS = "Each day you answer a few short questions. It takes about 45 seconds."
WHERE_THE_CODE_IS = "Your study nurse has given you a code. It is in your letter."
CODE = "Your code"
#: Which number that is in an emergency the phone learns with the code.
NOBODY_READS = (
    "Nobody reads your answers straight away. Ill or worried: call your department, "
    "in an emergency the emergency number."
)
INSTALL_WHY = "On the home screen the diary is easy to find and stays safe on this phone."
INSTALL = "Put the diary on your home screen"
BEGIN = "Begin"
MOMENT = "Just a moment …"
