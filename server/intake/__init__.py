"""What the server does with what phones and staff send: take it in, order it, grade it, answer."""
