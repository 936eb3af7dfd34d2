"""The world behind the demo and the benchmarks: invented clinics, payers and patients, and their files."""
