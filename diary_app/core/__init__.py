"""The rules of the diary, shared by phone and server: no screens, no SQL, no network."""
