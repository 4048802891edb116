"""What is said in a study whose diary is not kept in the evening, in the place of each message that speaks of evenings.

Screens and widgets are written for the evening, which most diaries are; whoever writes one of these thinks of one time
of day, and the plainer word stands here beside it.
"""

OF_ANY_DAY: dict[str, str] = {
    "These are the questions you will meet each evening. The practice does not count.":
        "These are the questions you will meet each day. The practice does not count.",
    "Tonight's diary": "Today's diary",
    "Last night's diary": "Yesterday's diary",
    "Tonight's diary opens at {time}.": "Today's diary opens at {time}.",
    "Last night's diary is closed. That's all right.": "The diary before this one is closed. That's all right.",
    "No more evenings are planned. Thank you for taking part.":
        "No more days are planned for the diary. Thank you for taking part.",
    "The diary had closed when you saved. Your answers are kept, but they do not count for that evening. That's all "
    "right.":
        "The diary had closed when you saved. Your answers are kept, but they do not count for that day. That's all "
        "right.",
    "An evening that is already open keeps its time.": "A diary that is already open keeps its time.",
    "Look at your evenings": "Look at your days",
    "Thank you. Every evening you told us about helps those who come after you.":
        "Thank you. Every day you told us about helps those who come after you.",
    "No more evenings are planned. What you have written stays here, and you can look at it.":
        "The diary has come to its end. What you have written stays here, and you can look at it.",
    "Thank you for the evenings you gave. What you saved before is still sent to the study.":
        "Thank you for the days you gave. What you saved before is still sent to the study.",
    "In the evening the phone can show a short message while the diary is open and not filled in. "
    "It says only “Time for the diary”, so that nobody else learns anything from it.":
        "The phone can show a short message while the diary is open and not filled in. "
        "It says only “Time for the diary”, so that nobody else learns anything from it.",
    "A pause stops the reminders only. The diary still opens each evening and is still expected.":
        "A pause stops the reminders only. The diary still opens each day and is still expected.",
    "Your evenings": "Your days",
    "This evening was filled in on another phone.": "This day was filled in on another phone.",
    "This evening was filled in on paper, or together with your study nurse.":
        "This day was filled in on paper, or together with your study nurse.",
    "Nothing was saved for this evening, and it is closed now. That's all right.":
        "Nothing was saved for this day, and it is closed now. That's all right.",
    "Nothing was saved on this phone, and the study has not heard of anything for this evening yet.":
        "Nothing was saved on this phone, and the study has not heard of anything for this day yet.",
    "The study does not expect this evening. There is nothing to do.":
        "The study does not expect this day. There is nothing to do.",
    "This evening's diary is open. Nothing has been saved yet.":
        "The diary for this day is open. Nothing has been saved yet.",
    "The study has another entry for this evening, and that one counts. What you saved here is kept as well.":
        "The study has another entry for this day, and that one counts. What you saved here is kept as well.",
    "The study has corrected this evening, as you told it.": "The study has corrected this day, as you told it.",
    "There is no entry for those evenings. That's all right. We ask only once, and you can leave it open.":
        "There is no entry for those days. That's all right. We ask only once, and you can leave it open.",
    "Another evening": "Another day",
    "Everything you answered for this evening would no longer count. The study keeps it on record.":
        "Everything you answered for this day would no longer count. The study keeps it on record.",
    "Your answers were saved for this evening. They would belong to another one.":
        "Your answers were saved for this day. They would belong to another one.",
    "No evening is saved here yet.": "Nothing is saved here yet.",
}  # fmt: skip
