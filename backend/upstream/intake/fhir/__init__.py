"""FHIR R4 (JSON): a streaming reader of claims, of what payers answer, and of whom and what these refer to."""
