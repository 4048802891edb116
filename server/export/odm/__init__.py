"""ODM 1.3.2: one transactional file with every version of every entry, by whom, when and why."""
