"""XLSForm workbooks in and out. See README.md."""
