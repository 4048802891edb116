"""The platform's cryptography behind one interface, `diary_app.core.sealing.Cipher`."""
