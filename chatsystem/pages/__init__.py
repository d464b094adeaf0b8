"""What all pages share: their frame, their language and clock, how texts are shown, and the pages of errors."""
