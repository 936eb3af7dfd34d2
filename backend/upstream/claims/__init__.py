"""Claims: payers, patients, claims with lines, adjustments and remarks, remittances, service groups, the daily roll-up."""
