"""From written Korean to what a voice model is given: syllables, standard pronunciation, symbols. Pure."""
