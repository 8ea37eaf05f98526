# Durations, for mails and pages.

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
