"""PDF: the alert report, for a director and for the meeting with the payer."""
