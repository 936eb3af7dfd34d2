"""Claims: payers, patients, claims with lines and adjustments, remittances, service groups, the daily roll-up."""
