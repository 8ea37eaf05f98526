# Durations and dates, for mails and pages.

minutes = { $count ->
    [one] one minute
   *[other] { $count } minutes
}
hours = { $count ->
    [one] one hour
   *[other] { $count } hours
}
seconds = { $count ->
    [one] one second
   *[other] { $count } seconds
}
days = { $count ->
    [one] one day
   *[other] { $count } days
}
date = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $day }, { $year }
