"""Taking participants in, and getting the diary onto their phones: the desk's side of enrolment."""
