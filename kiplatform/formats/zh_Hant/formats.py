"""Traditional Chinese: no leading zero in the month."""

MONTH_DAY_FORMAT = "n月j日"
