"""The participant's diary: rules, storage, sync and screens that ship to the phone."""

VERSION = "0.1.0"
