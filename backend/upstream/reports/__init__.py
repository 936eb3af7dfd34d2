"""Reports: PDF for what a person reads, Excel for rows; exports as jobs, handed out by signed links."""
