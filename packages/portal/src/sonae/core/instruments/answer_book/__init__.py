"""A response as a workbook: handed out with what is known, filled in without a network, taken back."""
